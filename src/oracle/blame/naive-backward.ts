/**
 * The gradients of the selective scan once more, with mistakes to switch on (naive-scan.ts).
 */
import type { CaseReader, Outputs } from './case-reader.ts';
import type { MistakeName } from './mistakes.ts';
import { pathsOf } from './naive-paths.ts';
import type { NaiveScan } from './naive-scan.ts';
import { scanOf } from './naive-scan.ts';
import type { MetToken } from './naive-states.ts';
import { metTokens } from './naive-states.ts';
import { otherExpBy, storedBy } from './narrow.ts';
import type { Pair } from './pair.ts';
import { add, at, put, scale, times, zero } from './pair.ts';

interface Question extends NaiveScan {
  readonly dY: Float64Array;
  readonly dHLast?: Float64Array | undefined;
  readonly mistake: MistakeName | undefined;
}

interface Collected {
  readonly g: Outputs;
  /** Σ_n C·h and Σ_n dh·B̄, by token and channel: what a token needs before its gradients are whole. */
  readonly y: Float64Array;
  readonly byX: Float64Array;
}

export function naiveBackward(reader: CaseReader, mistake?: MistakeName, variant = 1): Outputs {
  const scan = scanOf(reader, variant);
  const A = mistake === 'A not negated' ? scan.A.map((a) => -a) : scan.A;
  const h0 = mistake === 'initial state ignored' ? undefined : scan.h0;
  const q: Question = { ...scan, A, h0, dY: reader.get('dY'), dHLast: reader.maybe('dHLast'), mistake };
  const { seqLen, dInner, dState, cuSeqlens, complex } = q;
  const rows = () => new Float64Array(seqLen * dInner);
  const states = new Float64Array((cuSeqlens.length - 1) * dInner * dState * (complex ? 2 : 1));
  const g: Outputs = {
    ...{ dX: rows(), dDelta: rows(), dZ: rows(), dA: new Float64Array(q.A.length), dB: new Float64Array(q.B.length) },
    ...{ dC: new Float64Array(q.C.length), dD: new Float64Array(dInner), dDeltaBias: new Float64Array(dInner) },
    dH0: states,
  };
  const collected = { g, y: rows(), byX: rows() };
  for (let i = 0; i < dInner * dState; i++) backThrough(q, collected, i);
  for (let td = 0; td < seqLen * dInner; td++) finishToken(q, collected, td);
  return g;
}

/** One state through all sequences, from the last one back. */
function backThrough(q: Question, collected: Collected, i: number): void {
  const { mistake, dInner, dState, cuSeqlens, complex, variant } = q;
  // The derivative of states that run on: dH runs on too, and no h0 counts but the first.
  const runsOn = mistake === 'state not reset between sequences' && variant === 2;
  const leaks = runsOn || mistake === 'dH runs on into the sequence before';
  const met = metTokens(q, mistake, i);
  let dH = zero;
  for (let s = cuSeqlens.length - 2; s >= 0; s--) {
    const place = s * dInner * dState + i;
    const given: Pair = q.dHLast && mistake !== 'dHLast ignored' ? at(q.dHLast, place, complex) : zero;
    dH = leaks ? add(given, dH) : given;
    dH = walkBack(q, collected, met, { s, i, dH });
    put(collected.g.dH0!, place, runsOn && s > 0 ? zero : dH, complex);
  }
}

/** @returns the gradient by the state before the sequence */
function walkBack(
  q: Question,
  collected: Collected,
  met: readonly MetToken[],
  { s, i, dH }: { readonly s: number; readonly i: number; readonly dH: Pair },
): Pair {
  const { mistake, cuSeqlens, variant = 1 } = q;
  const [start, end] = [cuSeqlens[s]!, cuSeqlens[s + 1]!];
  const stored = variant === 2 ? storedBy(mistake) : (value: number) => value;
  let later = dH;
  for (let t = end - 1; t >= start; t--) {
    const cut = mistake === 'a chunk’s dH begins from nothing' && t < end - 1 && (t + 1 - start) % variant === 0;
    const undecayed = mistake === 'dH0 one token late' && t === start;
    const dh = takeToken(q, collected, met[t]!, { t, i, later: cut ? zero : later });
    const [re, im] = undecayed ? dh : times(bar(q, met[t]!.aBar), dh);
    later = [stored(re), stored(im)];
  }
  return later;
}

/** Adds what one token gives. @returns dh */
function takeToken(
  q: Question,
  { g, y, byX }: Collected,
  token: MetToken,
  { t, i, later }: { readonly t: number; readonly i: number; readonly later: Pair },
): Pair {
  const { mistake, complex, dInner, dState } = q;
  const { b, c, delta, B, C, before, after } = token;
  const td = t * dInner + Math.floor(i / dState);
  const [a, x, kappa] = [at(q.A, i, complex), q.x[td]!, complex && mistake !== '2·Re taken as Re' ? 2 : 1];
  const gy = kappa * q.dY[td]! * gateOf(q, td);
  const dh = add(later, scale(gy, bar(q, C)));
  const bX = scale(x, B);
  const { byDecay, byA, phi, byStep } = pathsOf(q, mistake, token, [a, bX]);
  y[td]! += kappa * times(C, after)[0];
  const read = mistake === 'dC by the state before the token' ? before : after;
  const byC = scale(gy, mistake === 'C conjugated' ? read : bar(q, read));
  if (isKept(q, q.constantC, t)) addTo(g.dC!, c, byC, complex);
  if (mistake === 'dB kept of one channel only') put(g.dB!, b, zero, complex);
  if (isKept(q, q.constantB, t)) addTo(g.dB!, b, scale(delta * x, times(dh, bar(q, phi))), complex);
  addTo(g.dA!, i, times(dh, bar(q, byA)), complex);
  g.dDelta![td]! += times(dh, bar(q, add(byDecay, times(bX, byStep))))[0];
  const byInput = times(phi, B);
  byX[td]! += delta * times(dh, mistake === 'dX without conjugates' ? byInput : bar(q, byInput))[0];
  return dh;
}

/** Whether a token adds to the gradient of B or C: of constants a wrong one may keep that of the last, or of the first. */
function isKept({ mistake, variant, seqLen }: Question, constant: boolean, t: number): boolean {
  if (!constant || mistake !== 'a constant’s gradient of one token only') return true;
  return t === (variant === 2 ? 0 : seqLen - 1);
}

/** The sums over n are there: skip, gate, softplus. */
function finishToken(q: Question, { g, y, byX }: Collected, td: number): void {
  const { mistake } = q;
  const exp = otherExpBy(mistake, q.variant);
  const [d, skip] = [td % q.dInner, q.D?.[td % q.dInner] ?? 0];
  const gy = gateOf(q, td) * q.dY[td]!;
  g.dX![td] = byX[td]! + (mistake === 'dX without the skip' ? 0 : skip * gy);
  g.dD![d]! += (mistake === 'dD without the gate' ? q.dY[td]! : gy) * q.x[td]!;
  const z = q.z?.[td];
  if (z !== undefined) {
    const s = 1 / (1 + exp(-z));
    const slope = mistake === 'dZ by the gate itself' ? z * s : s * (1 + z * (1 - s));
    g.dZ![td] = q.dY[td]! * (y[td]! + skip * q.x[td]!) * slope;
  }
  const unbiased = mistake === 'bias after softplus' || mistake === 'delta bias left out';
  const pre = q.delta[td]! + (unbiased ? 0 : (q.deltaBias?.[d] ?? 0));
  const flat = mistake === 'dDelta without the slope of softplus' || mistake === 'softplus left out';
  if (q.softplus && !flat && pre <= 20) g.dDelta![td]! /= 1 + exp(-pre);
  const lastOnly = mistake === 'dDeltaBias of the last token only' && td < (q.seqLen - 1) * q.dInner;
  const share = mistake === 'dDeltaBias as a mean' ? 1 / q.seqLen : 1;
  g.dDeltaBias![d]! += lastOnly ? 0 : share * g.dDelta![td]!;
}

function gateOf({ z, mistake, variant }: Question, td: number): number {
  return z === undefined ? 1 : z[td]! / (1 + otherExpBy(mistake, variant)(-z[td]!));
}

function addTo(data: Float64Array, i: number, z: Pair, complex: boolean): void {
  put(data, i, add(at(data, i, complex), z), complex);
}

function bar({ mistake }: Question, [a, b]: Pair): Pair {
  return [a, mistake === 'conjugates left out of the gradients' ? b : -b];
}
