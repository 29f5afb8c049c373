/**
 * The cases of the causal convolution, with the state it continues from and leaves.
 */
import { factorOf } from '../bounds.ts';
import type { CausalConv1dProblem } from '../operations/causal-conv1d.ts';
import { truthOf } from '../operations.ts';
import { Random } from '../random.ts';
import { byExp } from './cases-scan.ts';
import { grid } from './grid.ts';
import { vectorArithmetic } from './vector-arithmetic.ts';
import type { VectorCase } from './vector-case.ts';

interface Spec {
  readonly seqLen: number;
  readonly dConv?: number;
  readonly bias?: boolean;
  readonly silu?: boolean;
  readonly cuSeqlens?: readonly number[];
  readonly note: string;
  /** Numbers of 24 bits, whose products round. */
  readonly wide?: boolean;
}

const specs: Readonly<Record<string, Spec>> = {
  plain: { seqLen: 9, note: 'four taps and a state' },
  bias: { seqLen: 9, bias: true, silu: true, note: 'bias, then silu' },
  'width-1': { seqLen: 5, dConv: 1, bias: true, note: 'one tap: no state' },
  'width-2': { seqLen: 5, dConv: 2, note: 'two taps' },
  'width-5': { seqLen: 11, dConv: 5, bias: true, silu: true, note: 'five taps' },
  shorter: { seqLen: 2, silu: true, note: 'fewer tokens than taps: the state keeps part of itself' },
  empty: { seqLen: 0, note: 'no tokens: the state stays' },
  wide: { seqLen: 40, bias: true, wide: true, note: 'numbers of 24 bits' },
  'wide-silu': { seqLen: 40, bias: true, silu: true, wide: true, note: 'numbers of 24 bits, then silu' },
  packed: { seqLen: 12, bias: true, silu: true, cuSeqlens: [0, 2, 2, 7, 12], note: 'packed, each with its state' },
};

export function* convCases(seed: number): Generator<VectorCase> {
  for (const [i, [name, spec]] of Object.entries(specs).entries())
    yield convCase(name, new Random(seed + 3000 + i), spec);
}

function convCase(name: string, random: Random, spec: Spec): VectorCase {
  const { seqLen, dConv = 4, silu = false, cuSeqlens = [0, seqLen], note } = spec;
  const dInner = 5;
  const sequences = cuSeqlens.length - 1;
  const numbers = (length: number) => grid(random, length).map((v) => (spec.wide ? 0.3 * v : v));
  const x = numbers(seqLen * dInner);
  const weight = numbers(dInner * dConv); // (d, k)
  const bias = spec.bias ? numbers(dInner) : undefined;
  const state = numbers(sequences * (dConv - 1) * dInner);
  const tapsFirst = weight.map((_, i) => weight[(i % dInner) * dConv + Math.floor(i / dInner)]!);
  const problem: CausalConv1dProblem = {
    ...{ seqLen, cuSeqlens, dInner, dConv, x, weight: tapsFirst, bias, state, silu, gaps: {} },
  };
  const truths = byExp((exp) => truthOf('causalConv1d', problem, vectorArithmetic[exp]));
  const extra = { strict: 1, gpu: 0 }; // silu as x·σ(x) rounds once more
  const factor = byExp((exp) => factorOf('causalConv1d', problem, vectorArithmetic[exp]) + extra[exp]);
  const row = { axes: ['t', 'd'], shape: [seqLen, dInner] };
  const stateShape = { axes: ['s', 'k', 'd'], shape: [sequences, dConv - 1, dInner] };
  const nothing = byExp(() => new Float64Array(state.length));
  const value = Float64Array.from(truths.strict[0]!.value);
  return {
    ...{ name: `causalConv1d/${name}`, operation: 'causalConv1d', note, narrow: spec.wide !== true },
    parameters: { seqLen, dInner, dConv, silu, cuSeqlens },
    inputs: {
      x: { ...row, data: x },
      weight: { axes: ['d', 'k'], shape: [dInner, dConv], data: weight },
      ...(bias && { bias: { axes: ['d'], shape: [dInner], data: bias } }),
      state: { ...stateShape, data: state },
    },
    outputs: {
      y: { ...row, value, scale: byExp((exp) => Float64Array.from(truths[exp][0]!.scale!)), factor, basis: 'counted' },
      state: {
        ...{ ...stateShape, value: Float64Array.from(truths.strict[1]!.value), scale: nothing },
        ...{ factor: { strict: 0, gpu: 0 }, basis: 'exact' },
      },
    },
  };
}
