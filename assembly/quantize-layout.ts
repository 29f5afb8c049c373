/**
 * How 8-bit weights and 16-bit activations lie in memory.
 *
 * Weights, q8_0 (GGUF's numbers: blocks of 32 along dIn, value = f16 scale · int8): four neighbouring rows are woven
 * into a group, so that one product of pairs feeds four rows' sums and no sum over lanes is needed. A group is dIn/32
 * blocks of 144 bytes: four f32 scales (the values of GGUF's f16 ones), then for each of 16 pairs (j, j + 1) the two int8
 * of row 0, 1, 2, 3. The last group is filled up with rows of 0: (dOut + 3 & ~3)·(dIn + dIn/8) bytes in all.
 * (measured: f16 scales would be 6 % fewer bytes, but widening them makes a thread 7–15 % slower)
 *
 * Activations: int16, and one f32 scale a token. Every four tokens are woven too: for each pair (j, j + 1) the two int16
 * of token 0, 1, 2, 3. The rows mod 4 last tokens follow one after another. rows·dIn·2 bytes in all.
 */

// @ts-ignore: decorator
@inline export const blockLength: i32 = 32;
// @ts-ignore: decorator
@inline export const blockBytes: usize = 144;
// @ts-ignore: decorator
@inline export const scaleBytes: usize = 16;

/** Bytes of a group of four weight rows. */
// @ts-ignore: decorator
@inline export function groupBytes(dIn: i32): usize {
  return <usize>(dIn / blockLength) * blockBytes;
}

/** Bytes of a group with its quants widened to int16. */
// @ts-ignore: decorator
@inline export function wideGroupBytes(dIn: i32): usize {
  return <usize>(dIn / blockLength) * (scaleBytes + 256);
}

/** Bytes from one pair of a token to the next. */
// @ts-ignore: decorator
@inline export function pairStep(rows: i32, t: i32): usize {
  return t < (rows & ~3) ? 16 : 4;
}

/** Where the pairs of token t begin. */
// @ts-ignore: decorator
@inline export function pairsOf(xq: usize, rows: i32, dIn: i32, t: i32): usize {
  const woven = rows & ~3;
  return t < woven ? xq + (<usize>(t & ~3) * dIn) * 2 + ((t & 3) << 2) : xq + (<usize>t * dIn) * 2;
}
