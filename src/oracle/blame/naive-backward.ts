/**
 * The gradients of the selective scan once more, with mistakes to switch on (naive-scan.ts).
 */
import type { CaseReader, Outputs } from './case-reader.ts';
import type { MistakeName } from './mistakes.ts';
import { naiveStep } from './naive-operands.ts';
import type { NaiveScan } from './naive-scan.ts';
import { scanOf } from './naive-scan.ts';
import type { Pair } from './pair.ts';
import { add, at, put, scale, times, zero } from './pair.ts';

interface Question extends NaiveScan {
  readonly dY: Float64Array;
  readonly dHLast?: Float64Array | undefined;
}

/** Sums over n that a token needs before its gradients are whole. */
interface Sums {
  readonly y: Float64Array;
  readonly byX: Float64Array;
}

export function naiveBackward(reader: CaseReader, mistake?: MistakeName): Outputs {
  const scan = scanOf(reader);
  const A = mistake === 'A not negated' ? scan.A.map((a) => -a) : scan.A;
  const h0 = mistake === 'initial state ignored' ? undefined : scan.h0;
  const q: Question = { ...scan, A, h0, dY: reader.get('dY'), dHLast: reader.maybe('dHLast') };
  const { seqLen, dInner, dState, cuSeqlens, complex } = q;
  const rows = () => new Float64Array(seqLen * dInner);
  const states = new Float64Array((cuSeqlens.length - 1) * dInner * dState * (complex ? 2 : 1));
  const g: Outputs = {
    ...{ dX: rows(), dDelta: rows(), dZ: rows(), dA: new Float64Array(q.A.length), dB: new Float64Array(q.B.length) },
    ...{ dC: new Float64Array(q.C.length), dD: new Float64Array(dInner), dDeltaBias: new Float64Array(dInner) },
    dH0: states,
  };
  const sums = { y: rows(), byX: rows() };
  for (let i = 0; i < dInner * dState; i++) {
    let leaked = zero;
    for (let s = cuSeqlens.length - 2; s >= 0; s--) {
      const place = s * dInner * dState + i;
      const above: Pair = q.dHLast && mistake !== 'dHLast ignored' ? at(q.dHLast, place, complex) : zero;
      const carried = mistake === 'dH runs on into the sequence before' ? add(above, leaked) : above;
      leaked = walkBack(q, mistake, { g, sums }, { s, i, dH: carried });
      put(g.dH0!, place, leaked, complex);
    }
  }
  for (let td = 0; td < seqLen * dInner; td++) finishToken(q, mistake, { g, sums }, td);
  return g;
}

interface Collected {
  readonly g: Outputs;
  readonly sums: Sums;
}

/** One state through one sequence and back. @returns the gradient by the state before it */
function walkBack(
  q: Question,
  mistake: MistakeName | undefined,
  { g, sums }: Collected,
  { s, i, dH }: { readonly s: number; readonly i: number; readonly dH: Pair },
): Pair {
  const { dInner, dState, cuSeqlens, complex } = q;
  const [d, n] = [Math.floor(i / dState), i % dState];
  const [start, end, a] = [cuSeqlens[s]!, cuSeqlens[s + 1]!, at(q.A, i, complex)];
  const tokens = Array.from({ length: end - start }, (_, j) => tokenOf(q, mistake, start + j, { d, n }));
  const met = [q.h0 ? at(q.h0, s * dInner * dState + i, complex) : zero];
  for (const { aBar, bX } of tokens) met.push(add(times(aBar, met.at(-1)!), bX));
  const kappa = complex && mistake !== '2·Re taken as Re' ? 2 : 1;
  const bar = (z: Pair) => conjugate(z, mistake !== 'conjugates left out of the gradients');
  let late = dH;
  for (let t = end - 1; t >= start; t--) {
    const [td, token, old, now] = [t * dInner + d, tokens[t - start]!, met[t - start]!, met[t - start + 1]!];
    const gy = kappa * q.dY[td]! * gateOf(q, td);
    const dh = add(late, scale(gy, bar(token.C)));
    const r = times(mistake === 'dA without Ā' ? [1, 0] : token.aBar, old);
    const x = q.x[td]!;
    sums.y[td]! += kappa * times(token.C, now)[0];
    addTo(g.dC!, token.c, scale(gy, bar(mistake === 'dC by the state before the token' ? old : now)), complex);
    if (mistake === 'dB kept of one channel only') put(g.dB!, token.b, zero, complex);
    addTo(g.dB!, token.b, scale(token.delta * x, dh), complex);
    addTo(g.dA!, i, times(dh, bar(scale(token.delta, r))), complex);
    g.dDelta![td]! += times(dh, bar(add(times(a, times(token.aBar, old)), scale(x, token.B))))[0];
    sums.byX[td]! += token.delta * times(dh, bar(token.B))[0];
    const undecayed = mistake === 'dH0 one token late' && t === start;
    late = undecayed ? dh : times(bar(token.aBar), dh);
  }
  return late;
}

function tokenOf(
  q: Question,
  mistake: MistakeName | undefined,
  t: number,
  { d, n }: { readonly d: number; readonly n: number },
) {
  const group = mistake === 'groups tiled' ? d % q.groups : Math.floor((d * q.groups) / q.dInner);
  const row = (constant: boolean) => (constant ? d : t * q.groups + group) * q.dState + n;
  const [b, c, delta] = [row(q.constantB), row(q.constantC), naiveStep(q, mistake, t, d)];
  const [re, im] = scale(delta, at(q.A, d * q.dState + n, q.complex));
  const aBar: Pair = [Math.exp(re) * Math.cos(im), Math.exp(re) * Math.sin(im)];
  const B = at(q.B, b, q.complex);
  return { b, c, delta, aBar, B, C: at(q.C, c, q.complex), bX: scale(delta * q.x[t * q.dInner + d]!, B) };
}

/** The sums over n are there: skip, gate, softplus. */
function finishToken(q: Question, mistake: MistakeName | undefined, { g, sums }: Collected, td: number): void {
  const [d, skip] = [td % q.dInner, q.D?.[td % q.dInner] ?? 0];
  const gy = gateOf(q, td) * q.dY[td]!;
  g.dX![td] = sums.byX[td]! + (mistake === 'dX without the skip' ? 0 : skip * gy);
  g.dD![d]! += (mistake === 'dD without the gate' ? q.dY[td]! : gy) * q.x[td]!;
  const z = q.z?.[td];
  if (z !== undefined) {
    const s = 1 / (1 + Math.exp(-z));
    const slope = mistake === 'dZ by the gate itself' ? z * s : s * (1 + z * (1 - s));
    g.dZ![td] = q.dY[td]! * (sums.y[td]! + skip * q.x[td]!) * slope;
  }
  const pre = q.delta[td]! + (mistake === 'bias after softplus' ? 0 : (q.deltaBias?.[d] ?? 0));
  const flat = mistake === 'dDelta without the slope of softplus' || mistake === 'softplus left out';
  if (q.softplus && !flat && pre <= 20) g.dDelta![td]! /= 1 + Math.exp(-pre);
  const lastOnly = mistake === 'dDeltaBias of the last token only' && td < (q.seqLen - 1) * q.dInner;
  g.dDeltaBias![d]! += lastOnly ? 0 : g.dDelta![td]!;
}

function gateOf({ z }: Question, td: number): number {
  return z === undefined ? 1 : z[td]! / (1 + Math.exp(-z[td]!));
}

function addTo(data: Float64Array, i: number, z: Pair, complex: boolean): void {
  put(data, i, add(at(data, i, complex), z), complex);
}

function conjugate([a, b]: Pair, right: boolean): Pair {
  return [a, right ? -b : b];
}
