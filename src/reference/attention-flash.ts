/**
 * Causal attention by tiles of queries and keys, with the online softmax: FlashAttention. The same function as
 * attention-eager.ts, of which it differs by rounding only; no row of scores is ever whole, let alone the matrix.
 *
 * On a device the point is that a tile of k and v is read once for all queries of a tile and that nothing of size
 * seqLen² travels to memory and back; here, in plain loops, it is to show the algorithm and to judge such kernels.
 */
import type { AttentionInput } from './attention.ts';
import { checkAttention, score, visibleKeys } from './attention.ts';
import type { OnlineSoftmax } from './online-softmax.ts';
import { emptyMean, meanOf, takeIn } from './online-softmax.ts';
import { expectSize } from './shapes.ts';

/** Rows of q, and of k and v, that are worked on together. */
export interface TileSizes {
  readonly queries: number;
  readonly keys: number;
}

/** A range of rows from … to − 1. */
export type Range = readonly [from: number, to: number];

/** A tile of queries, and the tiles of keys that one of them sees. */
export interface TileRow {
  readonly queries: Range;
  readonly keyTiles: readonly Range[];
}

const defaultTiles: TileSizes = { queries: 16, keys: 16 };

/**
 * {@link attentionEager}, tile by tile.
 *
 *   for each tile of queries: for each tile of keys that one of them sees:
 *     each query takes the scores and values that it sees into its online softmax
 *   y = values / sum
 *
 * Source: Dao et al., arXiv:2205.14135, Algorithm 1, with queries in the outer loop and one division at the end as in
 * FlashAttention-2 (Dao, arXiv:2307.08691, Algorithm 1). Tiles outside of all windows are left out, so that a local layer
 * costs O(seqLen·window).
 *
 * @returns y (seqLen, nHead, headDim)
 * @throws RangeError when a length does not fit or a tile is empty
 * Rounding: the scores are eager's, bit for bit. With n keys seen in T tiles, y[t,h,c] is within
 * (4n + 8T + 12)·u·Σ_j p[j]·|v[j,h,c]|·(1 + d[j] + Σ_i p[i]·d[i]) of eager's, p its softmax and d[j] = max(s) − s[j]
 * (proven to first order in u with exp within 2u: each form rounds s[j] − max, an error of d[j]·u in exp's argument, n
 * products and sums twice over, and here T factors besides; no weight may underflow, which takes d[j] > 708).
 * Tiles of keys begin at multiples of their size, whatever the queries: the size of a tile of queries does not change a
 * bit, nor does a split of a text between calls, nor a key that a query does not see.
 */
export function attentionFlash(input: AttentionInput, tiles: TileSizes = defaultTiles): Float64Array {
  checkAttention(input);
  const { seqLen, nHead, headDim } = input;
  const y = new Float64Array(seqLen * nHead * headDim);
  for (const { queries, keyTiles } of tileRows(input, tiles)) {
    for (let head = 0; head < nHead; head++) {
      const means = Array.from({ length: queries[1] - queries[0] }, () => emptyMean(headDim));
      for (const keys of keyTiles) {
        for (let t = queries[0]; t < queries[1]; t++) {
          means[t - queries[0]] = takeInTile(input, means[t - queries[0]]!, { head, t, keys });
        }
      }
      for (const [i, mean] of means.entries()) y.set(meanOf(mean), ((queries[0] + i) * nHead + head) * headDim);
    }
  }
  return y;
}

/** What query t sees of a tile of keys: all of it in most tiles, nothing in some at the edges. */
function takeInTile(
  input: AttentionInput,
  mean: OnlineSoftmax,
  { head, t, keys }: { readonly head: number; readonly t: number; readonly keys: Range },
): OnlineSoftmax {
  const { position = 0, nHead, headDim, v } = input;
  const [first, end] = visibleKeys(input, position + t);
  const [from, to] = [Math.max(first, keys[0]), Math.min(end, keys[1])];
  const scores = Float64Array.from({ length: Math.max(0, to - from) }, (_, j) => score(input, head, t, from + j));
  return takeIn(mean, scores, (j, c) => v[((from + j) * nHead + head) * headDim + c]!);
}

/**
 * Which tiles there are to compute: no key is in two of them, and each holds a key that a query of its row sees.
 * @throws RangeError when a tile is empty
 */
export function* tileRows(
  input: Pick<AttentionInput, 'seqLen' | 'position' | 'window'>,
  tiles: TileSizes,
): Generator<TileRow> {
  expectSize('tiles.queries', tiles.queries, 1);
  expectSize('tiles.keys', tiles.keys, 1);
  const { seqLen, position = 0 } = input;
  for (let t = 0; t < seqLen; t += tiles.queries) {
    const end = Math.min(t + tiles.queries, seqLen);
    const [from] = visibleKeys(input, position + t);
    const [, to] = visibleKeys(input, position + end - 1);
    const keyTiles: Range[] = [];
    for (let j = from - (from % tiles.keys); j < to; j += tiles.keys) keyTiles.push([j, j + tiles.keys]);
    yield { queries: [t, end], keyTiles };
  }
}
