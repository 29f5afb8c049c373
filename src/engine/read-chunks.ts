/**
 * Lists of ids through the model, chunk by chunk: each chunk runs through all stages, and the event loop gets its turns.
 */
import type { Architecture } from './architecture.ts';
import type { Cell } from './backend.ts';
import type { Chunk } from './chunks.ts';
import { planChunk } from './chunks.ts';
import type { Memory } from './memory.ts';
import { runStage } from './run-stage.ts';
import type { Stage } from './stage.ts';
import type { Turns } from './turns.ts';
import type { TensorVisitor } from './visit.ts';

export interface EngineReadOptions {
  /** Stops between two chunks: the call rejects with the signal's reason, and the states are as before the call. */
  readonly signal?: AbortSignal | undefined;
  /** Tokens read so far, and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Sees every intermediate of every chunk, under the reference's names; slow. */
  readonly visit?: TensorVisitor | undefined;
}

/** What the chunks run through. */
export interface ChunkRoute {
  readonly architecture: Architecture;
  readonly memory: Memory;
  readonly stages: readonly Stage[];
  readonly sequences: number;
  /** Most rows of a chunk. */
  readonly rows: number;
  /** u32 (rows), on the first stage. */
  readonly ids: Cell;
  readonly turns: Turns;
}

/** Before and after each chunk; `start` is the place of its first id among all. */
export interface ChunkWatch {
  readonly before: (chunk: Chunk) => void;
  readonly after: (chunk: Chunk, start: number) => Promise<void>;
}

/** Reads one list a sequence. When the signal stops it, all states are as before the call. */
export async function readChunks(
  route: ChunkRoute,
  lists: readonly ArrayLike<number>[],
  { signal, onProgress, visit }: EngineReadOptions,
  watch: ChunkWatch,
): Promise<void> {
  const { memory, rows } = route;
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  const cursors = new Array<number>(lists.length).fill(0);
  memory.expectRoom(lists);
  const back = signal !== undefined && total > rows ? await memory.snapshot() : undefined;
  try {
    for (let done = 0; done < total; ) {
      signal?.throwIfAborted();
      const chunk = planChunk(lists, cursors, rows);
      watch.before(chunk);
      memory.begin(chunk);
      await runChunk(route, chunk, visit);
      memory.advance(chunk);
      await watch.after(chunk, done);
      done += chunk.ids.length;
      onProgress?.(done, total);
    }
  } catch (error) {
    if (signal?.aborted) back?.();
    throw error;
  }
}

/** Leaves the chunk's rows after all layers in the residual stream of the last stage. */
async function runChunk(
  { architecture: { width, layerWork }, stages, sequences, ids: idsCell, turns }: ChunkRoute,
  { ids, bounds }: Chunk,
  visit: TensorVisitor | undefined,
): Promise<void> {
  const rows = ids.length;
  const work = rows * layerWork;
  const { backend, run } = stages[0]!;
  backend.write(idsCell, ids);
  for (const stage of stages) stage.backend.write(stage.bounds, bounds); // nothing is enqueued yet: the quick way
  run.embed(idsCell, rows);
  let previous: Stage | undefined;
  for (const stage of stages) {
    if (previous !== undefined) await copyRows(previous, stage, rows * width);
    await runStage(stage, { rows, sequences }, (layer) =>
      visit === undefined ? turns.after(stage.backend, work) : stage.run.visit(layer, rows, visit),
    );
    previous = stage;
  }
}

async function copyRows(from: Stage, to: Stage, length: number): Promise<void> {
  to.backend.write(to.run.residual, await from.backend.read(from.run.residual, 0, length));
}
