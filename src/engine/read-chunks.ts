/**
 * Lists of ids through the model, chunk by chunk: each chunk runs through all stages, and the event loop gets its turns.
 */
import type { MambaConfig, State } from '../reference/types.ts';
import type { Cell } from './backend.ts';
import { viewOf } from './backend.ts';
import type { Chunk } from './chunks.ts';
import { planChunk } from './chunks.ts';
import { readState, writeState } from './layer-state.ts';
import { runStage } from './run-stage.ts';
import type { Stage } from './stage.ts';
import type { Turns } from './turns.ts';
import { layerWork } from './turns.ts';
import type { TensorVisitor } from './visit.ts';
import { visitLayer } from './visit.ts';

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
  readonly config: MambaConfig;
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
  const { config, stages, rows } = route;
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  const cursors = new Array<number>(lists.length).fill(0);
  const states: State[] = [];
  if (signal !== undefined && total > rows) {
    for (const s of lists.keys()) states.push(await readState(stages, config, s));
  }
  try {
    for (let done = 0; done < total; ) {
      signal?.throwIfAborted();
      const chunk = planChunk(lists, cursors, rows);
      watch.before(chunk);
      await runChunk(route, chunk, visit);
      await watch.after(chunk, done);
      done += chunk.ids.length;
      onProgress?.(done, total);
    }
  } catch (error) {
    if (signal?.aborted) for (const [s, state] of states.entries()) writeState(stages, config, s, state);
    throw error;
  }
}

/** Leaves the chunk's rows after all layers in the residual stream of the last stage. */
async function runChunk(
  { config, stages, sequences, ids: idsCell, turns }: ChunkRoute,
  { ids, bounds }: Chunk,
  visit: TensorVisitor | undefined,
): Promise<void> {
  const rows = ids.length;
  const work = rows * layerWork(config);
  const { backend, embedding, work: cells } = stages[0]!;
  backend.write(idsCell, ids);
  for (const stage of stages) stage.backend.write(stage.bounds, bounds); // nothing is enqueued yet: the quick way
  backend.embed({ out: viewOf(cells.residual, config.dModel), ids: idsCell, weight: embedding!, rows });
  let previous: Stage | undefined;
  for (const stage of stages) {
    if (previous !== undefined) await copyRows(previous, stage, rows * config.dModel);
    await runStage(stage, config, { rows, sequences }, (layer) =>
      visit === undefined ? turns.after(stage.backend, work) : visitLayer(stage, config, layer, rows, visit),
    );
    previous = stage;
  }
}

async function copyRows(from: Stage, to: Stage, length: number): Promise<void> {
  to.backend.write(to.work.residual, await from.backend.read(from.work.residual, 0, length));
}
