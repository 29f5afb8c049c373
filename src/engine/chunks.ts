/**
 * Which tokens are read together: every sequence that has some left gets an equal share of a chunk's rows, and they lie
 * end to end, without padding.
 */

export interface Chunk {
  readonly ids: Uint32Array; // (rows)
  /** (sequences, 2): first row and the row behind the last one; empty for a sequence that takes no part. */
  readonly bounds: Uint32Array;
  /** The row of its last id, for each sequence that is through with this chunk. */
  readonly rowOfLast: ReadonlyMap<number, number>;
}

/**
 * Takes the next chunk.
 * @param cursors how many ids of each list were taken; moves on
 * @param mostRows at least as many as there are lists
 */
export function planChunk(lists: readonly ArrayLike<number>[], cursors: number[], mostRows: number): Chunk {
  const left = lists.map((list, s) => list.length - cursors[s]!);
  const active = left.filter((count) => count > 0).length;
  const share = Math.floor(mostRows / Math.max(1, active));
  const taken = left.map((count) => Math.min(count, share));
  const ids = new Uint32Array(taken.reduce((sum, count) => sum + count, 0));
  const bounds = new Uint32Array(2 * lists.length);
  const rowOfLast = new Map<number, number>();
  let row = 0;
  taken.forEach((count, s) => {
    bounds[2 * s] = row;
    for (let t = 0; t < count; t++) ids[row++] = lists[s]![cursors[s]! + t]!;
    bounds[2 * s + 1] = row;
    cursors[s]! += count;
    if (count > 0 && count === left[s]) rowOfLast.set(s, row - 1);
  });
  return { ids, bounds, rowOfLast };
}
