/**
 * Attention as records of a program: the rows' keys and values into the cache, then one operation (flash) or three.
 */
import type { AttentionOperands, Cell, View } from '../engine/backend.ts';
import { positionsTogether } from '../engine/cache-layout.ts';
import { UnsupportedError } from '../engine/errors.ts';
import type { WasmMachine } from './machine.ts';

/** Rows of a block, mirror of assembly/attention-block.ts, and columns of a head for which a block fits into the scratch. */
const mostRows = 64;
const mostHeadDim = 256;

/** Where operands lie. */
interface Pointers {
  readonly pointerOf: (cell: Cell | undefined) => number;
  readonly viewPointer: (view: View) => number;
}

export function pushAttention(machine: WasmMachine, operands: AttentionOperands, pointers: Pointers): void {
  const { method, rows, nHead, headDim, capacity, scores } = operands;
  if (headDim > mostHeadDim) {
    throw new UnsupportedError(`attention: expected heads of at most ${mostHeadDim} columns, got ${headDim}`);
  }
  if (capacity % positionsTogether !== 0) {
    throw new RangeError(`"capacity" expected a multiple of ${positionsTogether}, got ${capacity}`);
  }
  const block = rowsOfBlock(rows, nHead, machine.threads);
  const args = { ...argumentsOf(operands, pointers), block };
  const { program } = machine;
  const blocks = { units: nHead * Math.ceil(rows / block), grain: 1 };
  program.push('storeKeys', args, { units: rows, grain: 4 });
  if (method === 'flash') {
    program.push('flashAttention', args, blocks);
    return;
  }
  if (scores === undefined || scores.length < nHead * rows * capacity) {
    const expected = `${nHead * rows * capacity} numbers (heads ${nHead} × rows ${rows} × capacity ${capacity})`;
    throw new RangeError(`"scores" expected at least ${expected}, got ${scores?.length ?? 'none'}`);
  }
  program.push('attentionScores', args, blocks);
  program.push('attentionSoftmax', args, { units: nHead * rows, grain: Math.ceil(nHead / 4) });
  program.push('attentionSums', args, blocks);
}

/** Some eight claims a thread where there are few rows; the result is the same for any. */
function rowsOfBlock(rows: number, nHead: number, threads: number): number {
  const share = Math.ceil((rows * nHead) / (8 * threads));
  return Math.min(mostRows, share <= 2 ? 1 : 4 * Math.ceil(share / 4));
}

function argumentsOf(operands: AttentionOperands, { pointerOf, viewPointer }: Pointers) {
  const { out, q, k, v, keys, values, starts, bounds, scores } = operands;
  const { sequences, rows, nHead, headDim, capacity, window = 0 } = operands;
  return {
    ...{ out: viewPointer(out), outStride: out.stride, q: viewPointer(q), qStride: q.stride },
    ...{ k: viewPointer(k), kStride: k.stride, v: viewPointer(v), vStride: v.stride },
    ...{ keys: pointerOf(keys), values: pointerOf(values), starts: pointerOf(starts), bounds: pointerOf(bounds) },
    ...{ sequences, rows, nHead, headDim, capacity, window, scores: pointerOf(scores) },
  };
}
