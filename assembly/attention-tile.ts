/**
 * A tile of attention: four rows or one, and at most 64 keys. The record lies at the start of the scratch: kernels read its
 * pointers from there, for the reason that linear-tile.ts gives. Layouts: attention-args.ts.
 */

@unmanaged
export class AttentionTile {
  /** One row; or four, woven: (headDim, 4). */
  q: usize;
  /** The first group of eight woven keys. */
  k: usize;
  /** (rows, 64): scores, then weights. */
  p: usize;
  v: usize;
  /** (rows, width) */
  acc: usize;
}

/** Bytes of a row of p. */
// @ts-ignore: decorator
@inline export const weightsBytes: usize = 256;
