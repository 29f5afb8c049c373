/**
 * The port's gradients of the selective scan (port-scan.ts), token by token.
 */
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import type { Port, Step, Z } from './port-numbers.ts';
import { f, plus, statesOf, times, zero } from './port-numbers.ts';
import type { Numbers, ScanSizes, ScanWork } from './port-scan.ts';
import { stepSize } from './port-scan.ts';

interface Work {
  readonly sizes: ScanSizes;
  readonly operands: Numbers;
  readonly port: Port;
  readonly g: Record<string, Float32Array>;
  /** Σ_n C·h and Σ_n dh·B̄, by token and channel. */
  readonly y: Float32Array;
  readonly byX: Float32Array;
}

export function portBackward({ parameters, inputs }: VectorCase, port: Port): Numbers {
  const operands = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data])) as Numbers;
  if (port.mistake === 'A not negated') operands.A = operands.A!.map((a) => -a);
  if (port.mistake === 'initial state ignored') operands.h0 = undefined;
  const sizes = parameters as unknown as ScanSizes;
  const { seqLen, dInner, dState, cuSeqlens, complex } = sizes;
  const rows = () => new Float32Array(seqLen * dInner);
  const g = {
    ...{ dX: rows(), dDelta: rows(), dZ: rows(), dA: new Float32Array(operands.A!.length) },
    ...{ dB: new Float32Array(operands.B!.length), dC: new Float32Array(operands.C!.length) },
    ...{ dD: new Float32Array(dInner), dDeltaBias: new Float32Array(dInner) },
    dH0: new Float32Array((cuSeqlens.length - 1) * dInner * dState * (complex ? 2 : 1)),
  };
  const work: Work = { sizes, operands, port, g, y: rows(), byX: rows() };
  for (let s = 0; s + 1 < cuSeqlens.length; s++) {
    for (let d = 0; d < dInner; d++) for (let n = 0; n < dState; n++) backThrough(work, s, d, n);
  }
  for (let td = 0; td < seqLen * dInner; td++) finish(work, td);
  return g;
}

function backThrough({ sizes, operands, port, g, y, byX }: Work, s: number, d: number, n: number): void {
  const { dInner, dState, complex } = sizes;
  const read = (name: string, i: number): Z => {
    const data = operands[name];
    if (data === undefined) return zero;
    return complex ? [data[2 * i]!, data[2 * i + 1]!] : [data[i]!, 0];
  };
  const add = (name: string, i: number, z: Z) => {
    const [data, parts] = [g[name]!, complex ? 2 : 1];
    for (let part = 0; part < parts; part++) data[parts * i + part] = f(data[parts * i + part]! + z[part]!);
  };
  const i = d * dState + n;
  const a = read('A', i);
  const tokens = tokensOf({ sizes, operands, port }, read, { s, d, n });
  const steps = tokens.map(({ aBar, delta, x, B }): Step => ({ a: aBar, b: times([f(delta * x), 0], B) }));
  const before = read('h0', (s * dInner + d) * dState + n);
  const states = statesOf(steps, before, port);
  const bar = ([re, im]: Z): Z => [re, -im];
  let late = read('dHLast', (s * dInner + d) * dState + n);
  if (port.mistake === 'dHLast ignored') late = zero;
  for (let j = tokens.length - 1; j >= 0; j--) {
    const { t, b, c, delta, aBar, x, B, C } = tokens[j]!;
    const td = t * dInner + d;
    const old = j === 0 ? before : states[j - 1]!;
    const gy: Z = [f(f(operands.dY![td]! * gate(operands, port, td)) * (complex ? 2 : 1)), 0];
    const dh = plus(late, times(gy, bar(C)));
    const r = port.mistake === 'dA without Ā' ? old : times(aBar, old);
    y[td] = f(y[td]! + f((complex ? 2 : 1) * times(C, states[j]!)[0]));
    add('dC', c, times(gy, bar(port.mistake === 'dC by the state before the token' ? old : states[j]!)));
    add('dB', b, times(dh, [f(delta * x), 0]));
    add('dA', i, times(dh, bar(times([delta, 0], r))));
    const byStep = plus(times(a, times(aBar, old)), times([x, 0], B));
    g.dDelta![td] = f(g.dDelta![td]! + times(dh, bar(byStep))[0]);
    byX[td] = f(byX[td]! + f(delta * times(dh, bar(B))[0]));
    late = times(bar(aBar), dh);
  }
  add('dH0', (s * dInner + d) * dState + n, late);
}

/** What each token of a sequence brings to one state. */
function tokensOf(
  work: ScanWork,
  read: (name: string, i: number) => Z,
  { s, d, n }: { readonly s: number; readonly d: number; readonly n: number },
) {
  const { sizes, operands, port } = work;
  const { dInner, dState, groups, cuSeqlens } = sizes;
  const i = d * dState + n;
  const a = read('A', i);
  return Array.from({ length: cuSeqlens[s + 1]! - cuSeqlens[s]! }, (_, j) => {
    const t = cuSeqlens[s]! + j;
    const group = port.mistake === 'groups tiled' ? d % groups : Math.floor((d * groups) / dInner);
    const row = (constant: boolean) => (constant ? i : (t * groups + group) * dState + n);
    const [b, c, delta] = [row(sizes.constantB), row(sizes.constantC), stepSize(work, t, d)];
    const v = times([delta, 0], a);
    const size = port.exp(v[0]);
    const aBar: Z = v[1] === 0 ? [size, 0] : [f(size * f(Math.cos(v[1]))), f(size * f(Math.sin(v[1])))];
    const x = operands.x![t * dInner + d]!;
    return { t, b, c, delta, aBar, x, B: read('B', b), C: read('C', c) };
  });
}

function finish({ sizes, operands, port, g, y, byX }: Work, td: number): void {
  const d = td % sizes.dInner;
  const skip = operands.D?.[d] ?? 0;
  const [dY, x, z] = [operands.dY![td]!, operands.x![td]!, operands.z?.[td]];
  const gy = f(dY * gate(operands, port, td));
  g.dX![td] = port.mistake === 'dX without the skip' ? byX[td]! : f(byX[td]! + f(skip * gy));
  g.dD![d] = f(g.dD![d]! + f((port.mistake === 'dD without the gate' ? dY : gy) * x));
  if (z !== undefined) {
    const s = f(1 / f(1 + port.exp(-z)));
    g.dZ![td] = f(f(dY * f(y[td]! + f(skip * x))) * f(s * f(1 + f(z * f(1 - s)))));
  }
  const late = port.mistake === 'bias after softplus'; // whose slope is that of the raw delta
  const pre = f(operands.delta![td]! + (late ? 0 : (operands.deltaBias?.[d] ?? 0)));
  const cut = port.mistake === 'softplus cut at 10' ? 10 : 20;
  const slope = !sizes.softplus || pre > cut ? 1 : f(1 / f(1 + port.exp(-pre)));
  if (port.mistake !== 'dDelta without the slope of softplus') g.dDelta![td] = f(g.dDelta![td]! * slope);
  g.dDeltaBias![d] = f(g.dDeltaBias![d]! + g.dDelta![td]!);
}

function gate({ z }: Numbers, { exp }: Port, td: number): number {
  return z === undefined ? 1 : f(z[td]! / f(1 + exp(-z[td]!)));
}
