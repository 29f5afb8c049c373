/**
 * When enqueued work is run and the event loop gets its turn: enough work to be worth a run, and no more than Ctrl-C and
 * a page's frames can wait for.
 */
import { nextTurn } from '../generation/next-turn.ts';
import type { Architecture } from './architecture.ts';
import type { Backend } from './backend.ts';

/** Multiply–adds between two turns: some 20 ms of work. */
const workOfATurn = 1e9;
/**
 * Most multiply–adds of one layer on one chunk, between which there is no turn (measured on two busy cores, 2.8b: the
 * longest wait 0.13 s in q8_0 and 0.21 s in f32, where chunks of 512 rows took 0.74 s and 1.33 s).
 */
const workOfALayer = 3e9;
/** Kernels take rows in groups; chunks are whole ones of them. */
const rowsOfAGroup = 16;

/** Rows of a chunk, at most `most`: fewer where a layer is so large that the event loop would wait too long for it. */
export function rowsOfChunk({ layerWork }: Pick<Architecture, 'layerWork'>, most: number): number {
  const groups = Math.max(1, Math.floor(workOfALayer / layerWork / rowsOfAGroup));
  return Math.min(most, rowsOfAGroup * groups);
}

export class Turns {
  #queued = 0;

  /** Counts what was enqueued; a promise when it is time to run it and to let the event loop turn. */
  after(backend: Backend, work: number): Promise<void> | undefined {
    this.#queued += work;
    if (this.#queued < workOfATurn) return undefined;
    this.#queued = 0;
    return backend.settle().then(nextTurn);
  }
}
