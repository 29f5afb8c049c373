/**
 * Column blocks of a row-major matrix: the x|z halves of inProj and the Δ|B|C parts of xProj.
 */
import type { Floats } from './types.ts';

/** Columns from … to − 1 of `data` (rows, width), as a fresh array (rows, to − from). */
export function columns(data: Floats, width: number, from: number, to: number): Float64Array {
  const rows = data.length / width;
  const block = new Float64Array(rows * (to - from));
  for (let t = 0; t < rows; t++) block.set(data.subarray(t * width + from, t * width + to), t * (to - from));
  return block;
}

/** Puts blocks of columns side by side again: [left | right | …], each given with its width. */
export function joinColumns(rows: number, blocks: readonly { data: Floats; width: number }[]): Float64Array {
  const width = blocks.reduce((sum, block) => sum + block.width, 0);
  const joined = new Float64Array(rows * width);
  let from = 0;
  for (const block of blocks) {
    for (let t = 0; t < rows; t++) {
      joined.set(block.data.subarray(t * block.width, (t + 1) * block.width), t * width + from);
    }
    from += block.width;
  }
  return joined;
}
