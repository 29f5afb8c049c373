/**
 * What one token of the naive scan reads: where B and C lie, and how large its step is, with mistakes to switch on.
 */
import type { MistakeName } from './mistakes.ts';
import type { NaiveScan } from './naive-scan.ts';
import { otherExpBy } from './narrow.ts';

/** A token of one state, and the first token of its sequence. */
export interface Place {
  readonly start: number;
  readonly t: number;
  readonly d: number;
  readonly n: number;
}

/** Where B is read, in numbers of A's kind. */
export function placeOfB(q: NaiveScan, mistake: MistakeName | undefined, { start, t, d, n }: Place): number {
  if (mistake === 'B transposed') return transposed(q, t, d, n);
  const late = mistake === 'B of the token before' && t > start ? 1 : 0;
  return (q.constantB ? d * q.dState : rowOf(q, mistake, t - late, d)) + n;
}

/** Where C is read. */
export function placeOfC(q: NaiveScan, mistake: MistakeName | undefined, { t, d, n }: Place): number {
  return (q.constantC ? d * q.dState : rowOf(q, mistake, t, d)) + n;
}

/** Where the variable B or C of token t and channel d begins. */
function rowOf(q: NaiveScan, mistake: MistakeName | undefined, t: number, d: number): number {
  const neighbours = Math.floor((d * q.groups) / q.dInner);
  const group = mistake === 'groups tiled' ? d % q.groups : mistake === 'the first group for all' ? 0 : neighbours;
  return (t * q.groups + group) * q.dState;
}

/** Where B lies for those who take its last axis for the first. */
function transposed(q: NaiveScan, t: number, d: number, n: number): number {
  const group = Math.floor((d * q.groups) / q.dInner);
  return q.constantB ? n * q.dInner + d : (group * q.dState + n) * q.seqLen + t;
}

/** Δ of a token and channel. @param td t·dInner + d */
export function naiveStep(q: NaiveScan, mistake: MistakeName | undefined, td: number): number {
  const bias = mistake === 'delta bias left out' ? 0 : (q.deltaBias?.[td % q.dInner] ?? 0);
  const raw = q.delta[td]!;
  const soft = q.softplus && mistake !== 'softplus left out';
  if (mistake === 'bias after softplus') return (soft ? naiveSoftplus(q, raw, mistake) : raw) + bias;
  return soft ? naiveSoftplus(q, raw + bias, mistake) : raw + bias;
}

function naiveSoftplus({ variant }: NaiveScan, v: number, mistake: MistakeName | undefined): number {
  const single = Math.fround(Math.exp(v)); // infinite from 88.73 on
  if (mistake === 'softplus without its cut') return Number.isFinite(single) ? Math.log1p(Math.exp(v)) : Infinity;
  if (mistake === 'softplus by log(1 + exp)') return v > 20 ? v : Math.log(Math.fround(1 + single));
  return v > 20 ? v : Math.log1p(otherExpBy(mistake, variant)(v));
}
