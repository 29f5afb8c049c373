/**
 * Where a position's key and value lie in the cells of {@link AttentionOperands}, which every device has in the same way.
 *
 *   keys    (sequences, nHead, capacity/8, headDim, 8): eight positions woven, for devices that compute four numbers at once
 *   values  (sequences, nHead, capacity, width): width is headDim rounded up to 8
 */

export interface CacheSizes {
  readonly nHead: number;
  readonly headDim: number;
  /** Positions there is room for, a multiple of {@link positionsTogether}. */
  readonly capacity: number;
}

/** Positions that lie woven into each other, and columns that a row of values is rounded up to. */
export const positionsTogether = 8;

/** The smallest capacity that holds so many positions. */
export function capacityFor(positions: number): number {
  return positionsTogether * Math.ceil(positions / positionsTogether);
}

/** Numbers of one sequence's keys. */
export function keysLength({ nHead, headDim, capacity }: CacheSizes): number {
  return nHead * headDim * capacity;
}

/** Numbers of one sequence's values. */
export function valuesLength({ nHead, headDim, capacity }: CacheSizes): number {
  return nHead * valueWidth(headDim) * capacity;
}

export function valueWidth(headDim: number): number {
  return positionsTogether * Math.ceil(headDim / positionsTogether);
}

/** The place in one sequence's keys of column d of a head at a position. */
export function keyPlace({ headDim, capacity }: CacheSizes, head: number, position: number, d: number): number {
  const group = (head * capacity) / positionsTogether + Math.floor(position / positionsTogether);
  return (group * headDim + d) * positionsTogether + (position % positionsTogether);
}

/** The same in one sequence's values. */
export function valuePlace({ headDim, capacity }: CacheSizes, head: number, position: number, d: number): number {
  return (head * capacity + position) * valueWidth(headDim) + d;
}
