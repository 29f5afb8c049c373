/**
 * What an attention is given, and which keys a query may see: shared by the eager form and the tiled one, which compute
 * the same function.
 */
import { expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

/** Columns h·headDim … (h + 1)·headDim − 1 of q, k, v and of the result belong to head h. */
export interface AttentionInput {
  /** New tokens: rows of q. */
  readonly seqLen: number;
  /** Tokens before them, whose keys and values were kept. Default 0. Row t of q stands at place position + t. */
  readonly position?: number | undefined;
  readonly nHead: number;
  readonly headDim: number;
  readonly q: Floats; // (seqLen, nHead, headDim)
  readonly k: Floats; // (position + seqLen, nHead, headDim)
  readonly v: Floats; // (position + seqLen, nHead, headDim)
  /** Tokens that a query sees, itself among them. Default: all before it. */
  readonly window?: number | undefined;
}

/** @returns y (seqLen, nHead, headDim) */
export type Attention = (input: AttentionInput) => Float64Array;

/** The keys from … to − 1 that the query at `place` sees: place − window < j ≤ place. */
export function visibleKeys({ window = Infinity }: Pick<AttentionInput, 'window'>, place: number): [number, number] {
  return [Math.max(0, place - window + 1), place + 1];
}

/** q·k of head `head`, query row t and key j. GPT-Neo does not divide by √headDim. */
export function score({ nHead, headDim, q, k }: AttentionInput, head: number, t: number, j: number): number {
  const [query, key] = [(t * nHead + head) * headDim, (j * nHead + head) * headDim];
  let sum = 0;
  for (let c = 0; c < headDim; c++) sum += q[query + c]! * k[key + c]!;
  return sum;
}

/** @throws RangeError when a size is none or a length does not fit */
export function checkAttention(input: AttentionInput): void {
  const { seqLen, position = 0, nHead, headDim, window = 1 } = input;
  for (const [name, size] of Object.entries({ seqLen, position, nHead, headDim })) expectSize(name, size);
  expectSize('window', window, 1);
  expectShape('q', input.q, { seqLen, nHead, headDim });
  const keys = { 'position + seqLen': position + seqLen, nHead, headDim };
  expectShape('k', input.k, keys);
  expectShape('v', input.v, keys);
}
