/**
 * The port's recurrence and convolution (port-scan.ts).
 */
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import type { Port, Step } from './port-numbers.ts';
import { f, statesOf } from './port-numbers.ts';
import type { Numbers } from './port-scan.ts';

export function portRecurrence({ inputs, parameters }: VectorCase, port: Port): Numbers {
  const [seqLen, channels] = [Number(parameters.seqLen), Number(parameters.channels)];
  const data = (name: string) => inputs[name]?.data as Float32Array | undefined;
  const [a, b, h0] = [data('a')!, data('b')!, data('h0')];
  const h = new Float32Array(seqLen * channels);
  const hLast = new Float32Array(channels);
  const { mistake } = port;
  for (let d = 0; d < channels; d++) {
    const steps = Array.from({ length: seqLen }, (_, t): Step => {
      const from = mistake === 'a of the token before' ? Math.max(0, t - 1) : t;
      return { a: [a[from * channels + d]!, 0], b: [b[t * channels + d]!, 0] };
    });
    const first = mistake === 'initial state ignored' ? 0 : (h0?.[d] ?? 0);
    const states =
      mistake === 'combine with its operands swapped' ? opposite(steps, first) : inOrder(steps, first, port);
    states.forEach((state, t) => {
      h[t * channels + d] = mistake === 'exclusive instead of inclusive' ? (t === 0 ? first : states[t - 1]!) : state;
    });
    const lost = mistake === 'padded with (0, 0)' && !Number.isInteger(Math.log2(seqLen));
    hLast[d] = lost ? 0 : (states.at(-1) ?? first);
  }
  return { h, hLast };
}

function inOrder(steps: readonly Step[], first: number, port: Port): number[] {
  return statesOf(steps, [first, 0], port).map(([state]) => state);
}

/** Σ_j (Π_{i<j} a_i)·b_j */
function opposite(steps: readonly Step[], first: number): number[] {
  let [weight, sum] = [1, 0];
  return steps.map(({ a: [a], b: [b] }, t) => {
    sum = f(sum + f(weight * (t === 0 ? f(f(a * first) + b) : b)));
    weight = f(weight * a);
    return sum;
  });
}

export interface ConvSizes {
  readonly seqLen: number;
  readonly dInner: number;
  readonly dConv: number;
  readonly silu: boolean;
  readonly cuSeqlens: readonly number[];
}

export function portConvCase({ inputs, parameters }: VectorCase, port: Port): Numbers {
  const operands = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]));
  return portConv(parameters as unknown as ConvSizes, operands as Numbers, port);
}

/** Over [state; x] of each sequence. */
export function portConv(
  { dInner, dConv, silu, cuSeqlens }: ConvSizes,
  operands: Numbers,
  { exp, mistake }: Port,
): Numbers {
  const kept = dConv - 1;
  const { x, weight, bias, state = new Float32Array((cuSeqlens.length - 1) * kept * dInner) } = operands;
  const y = new Float32Array(x!.length);
  const last = new Float32Array(state.length);
  for (let s = 0; s + 1 < cuSeqlens.length; s++) {
    const [start, end] = [cuSeqlens[s]!, cuSeqlens[s + 1]!];
    const tokens = x!.subarray(start * dInner, end * dInner);
    const history = [...state.subarray(s * kept * dInner, (s + 1) * kept * dInner), ...tokens];
    const shift = mistake === 'the convolution shifted by one' ? 1 : 0;
    for (let t = 0; t < end - start; t++) {
      for (let d = 0; d < dInner; d++) {
        let sum = 0;
        for (let k = 0; k < dConv; k++) {
          const tap = mistake === 'the convolution flipped' ? kept - k : k;
          sum = f(sum + f(weight![d * dConv + tap]! * (history[(t + k - shift) * dInner + d] ?? 0)));
        }
        const late = mistake === 'bias after SiLU';
        if (!late) sum = f(sum + (bias?.[d] ?? 0));
        if (silu) sum = f(sum / f(1 + exp(-sum)));
        if (silu && mistake === 'SiLU twice') sum = f(sum / f(1 + exp(-sum)));
        y[(start + t) * dInner + d] = late ? f(sum + (bias?.[d] ?? 0)) : sum;
      }
    }
    const stays = mistake === 'the convolution’s state not moved on';
    const from = stays ? 0 : history.length - kept * dInner;
    last.set(history.slice(from, from + kept * dInner), s * kept * dInner);
  }
  return { y, state: last };
}
