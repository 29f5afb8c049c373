/**
 * Which rows belong to which sequence, as small arrays for the kernels. Bounds come from the host, so that it can choose
 * the kernels: one token a sequence has forms of its own.
 */
import type { Cell } from '../../src/engine/backend.ts';
import { gpuCell } from './context.ts';

export interface Packing {
  /** (sequences, 2): first row and the row behind the last. */
  readonly bounds: Float32Array;
  /** (rows, 2): the row's sequence, and the first row of that. */
  readonly rowInfo: Float32Array;
  /** (rows): 0, or 1 + the sequence that begins there. */
  readonly starts: Float32Array;
  /** Row s is the one token of sequence s, for every s. */
  readonly oneEach: boolean;
}

/** @throws TypeError when the bounds were not written by the host */
export function packingOf(cell: Cell, sequences: number, rows: number): Packing {
  const { host, name } = gpuCell(cell);
  if (host === undefined) throw new TypeError(`"${name}" expected bounds that the host has written`);
  const bounds = host.slice(0, 2 * sequences);
  const rowInfo = new Float32Array(2 * rows);
  const starts = new Float32Array(rows);
  let oneEach = rows === sequences;
  for (let s = 0; s < sequences; s++) {
    const [first, end] = [bounds[2 * s]!, bounds[2 * s + 1]!];
    oneEach &&= first === s && end === s + 1;
    if (first < end) starts[first] = 1 + s;
    for (let t = first; t < end; t++) rowInfo.set([s, first], 2 * t);
  }
  return { bounds, rowInfo, starts, oneEach };
}
