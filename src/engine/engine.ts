/**
 * The one fast model definition: embedding, stages of layers, norm and head over a {@link Backend}. Prefill and decode
 * are the same code, for one sequence or for several.
 */
import type { WeightSource } from '../checkpoint/index.ts';
import { rowsOf } from '../checkpoint/index.ts';
import { copyState } from '../generation/copy-state.ts';
import { nextTurn } from '../generation/next-turn.ts';
import { expectSize } from '../reference/shapes.ts';
import type { MambaConfig, State } from '../reference/types.ts';
import type { Cell, WeightDtype } from './backend.ts';
import { viewOf } from './backend.ts';
import { planChunk } from './chunks.ts';
import { UnsupportedError } from './errors.ts';
import { EngineHead, scoringRows } from './head.ts';
import type { Stage, StagePlan } from './stage.ts';
import { loadStage, readLayerState, runStage, slotsOf, stateSizes, writeLayerState } from './stage.ts';
import type { TensorVisitor } from './visit.ts';
import { visitLayer } from './visit.ts';

export interface EngineOptions {
  /** Sequences that are read side by side, each with a state of its own. Default 1. */
  readonly sequences?: number;
  /** Default f32. */
  readonly dtype?: WeightDtype;
  readonly signal?: AbortSignal | undefined;
  /** Numbers of weights loaded so far, and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface EngineReadOptions {
  /** Stops between two chunks: the call rejects with the signal's reason, and the states are as before the call. */
  readonly signal?: AbortSignal | undefined;
  /** Tokens read so far, and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Sees every intermediate of every chunk, under the reference's names; slow. */
  readonly visit?: TensorVisitor | undefined;
}

/** Multiply–adds enqueued before the program is run and the event loop gets its turn: some 20 ms of work. */
const workOfATurn = 1e9;

/**
 * Loads a model.
 * @param stages neighbouring, from layer 0 to nLayer; most models need one
 * @throws OutOfMemoryError when a device has no room, UnsupportedError for a time-invariant config; all that was
 * allocated is given back then
 */
export async function loadEngine(
  config: MambaConfig,
  source: WeightSource,
  stages: readonly StagePlan[],
  options: EngineOptions = {},
): Promise<Engine> {
  const { sequences = 1, dtype = 'f32', signal, onProgress } = options;
  expectSize('sequences', sequences, 1);
  if (config.selective === false) {
    throw new UnsupportedError('the time-invariant variant (selective: false) runs on --backend reference only');
  }
  const rows = Math.max(sequences, mostRows(stages));
  let total = 0;
  for (const plan of stages) for (const slot of slotsOf(plan, config)) total += rowsOf(slot).rows * rowsOf(slot).width;
  let done = 0;
  const onNumbers = (count: number) => {
    done += count;
    onProgress?.(done, total);
  };
  try {
    const loaded: Stage[] = [];
    for (const plan of stages) {
      loaded.push(await loadStage(plan, config, source, { sequences, rows, dtype }, { signal, onNumbers }));
    }
    return new Engine(config, loaded, sequences, dtype, rows);
  } catch (error) {
    for (const { backend } of stages) backend.dispose();
    throw error;
  }
}

function mostRows(stages: readonly StagePlan[]): number {
  const lengths = stages.map(({ backend: { chunkLengths } }) =>
    typeof chunkLengths === 'number' ? chunkLengths : Math.max(...chunkLengths),
  );
  return Math.min(...lengths);
}

export class Engine {
  readonly config: MambaConfig;
  readonly sequences: number;
  readonly dtype: WeightDtype;
  readonly #stages: readonly Stage[];
  readonly #rows: number;
  readonly #ids: Cell;
  readonly #head: EngineHead;
  #queued = 0;
  #busy = false;

  constructor(config: MambaConfig, stages: readonly Stage[], sequences: number, dtype: WeightDtype, rows: number) {
    this.config = config;
    this.sequences = sequences;
    this.dtype = dtype;
    this.#stages = stages;
    this.#rows = rows;
    this.#ids = stages[0]!.backend.integers('ids', rows);
    this.#head = new EngineHead(config, stages.at(-1)!, sequences);
  }

  get name(): string {
    return this.#stages[0]!.backend.name;
  }

  get device(): string {
    return [...new Set(this.#stages.map(({ backend }) => backend.device))].join(' + ');
  }

  /** Bytes on all devices. */
  get residentBytes(): number {
    return this.#stages.reduce((sum, { backend }) => sum + backend.residentBytes, 0);
  }

  /**
   * Reads ids after what each sequence has read before.
   * @param ids one list a sequence; an empty one leaves its sequence alone
   * @returns the logits (vocabSize) after each sequence's last id, nothing for an empty list
   * @throws RangeError for an id outside the vocabulary
   */
  async read(
    ids: readonly ArrayLike<number>[],
    options: EngineReadOptions = {},
  ): Promise<(Float32Array | undefined)[]> {
    const logits: (Float32Array | undefined)[] = Array.from({ length: this.sequences });
    await this.#readChunks(ids, options, async (rowOfLast) => {
      const finished = [...rowOfLast.keys()];
      const values = await this.#head.logitsOf(finished.length, options.visit);
      finished.forEach((sequence, i) => {
        logits[sequence] = values.subarray(i * this.config.vocabSize, (i + 1) * this.config.vocabSize);
      });
    });
    return logits;
  }

  /**
   * nats[t] = log Σ_i exp(logits[t,i]) − logits[t,targets[t]] for every id of one sequence; logits never leave the device.
   */
  async crossEntropy(
    sequence: number,
    ids: ArrayLike<number>,
    targets: ArrayLike<number>,
    options: EngineReadOptions = {},
  ): Promise<Float64Array> {
    if (targets.length !== ids.length) {
      throw new RangeError(`"targets" expected length ${ids.length} (ids), got ${targets.length}`);
    }
    this.#expectSequence(sequence);
    this.#expectIds('targets', targets);
    const nats = new Float64Array(ids.length);
    const lists = Array.from({ length: this.sequences }, (_, s) => (s === sequence ? ids : []));
    await this.#readChunks(lists, options, async (_, start, rows) => {
      for (let row = 0; row < rows; row += scoringRows) {
        const count = Math.min(scoringRows, rows - row);
        const wanted = Uint32Array.from({ length: count }, (_, i) => targets[start + row + i]!);
        nats.set(await this.#head.natsOf(row, wanted), start + row);
      }
    });
    return nats;
  }

  /** What a sequence has read so far, as a value. */
  async state(sequence = 0): Promise<State> {
    this.#expectSequence(sequence);
    const layers = [];
    for (const { backend, states } of this.#stages) {
      for (const cells of states) layers.push(await readLayerState(backend, this.config, cells, sequence));
    }
    return { layers };
  }

  /** @throws RangeError when the state is not one of this config */
  restore(state: State, sequence = 0): void {
    this.#expectSequence(sequence);
    const { layers } = copyState(this.config, state);
    for (const { backend, states, from } of this.#stages) {
      for (const [i, cells] of states.entries()) {
        writeLayerState(backend, this.config, cells, sequence, layers[from + i]!);
      }
    }
  }

  /** Forgets what a sequence has read. */
  reset(sequence = 0): void {
    this.#expectSequence(sequence);
    const { conv, h } = stateSizes(this.config);
    const zeros = { convState: new Float64Array(conv), h: new Float64Array(h) };
    for (const { backend, states } of this.#stages) {
      for (const cells of states) writeLayerState(backend, this.config, cells, sequence, zeros);
    }
  }

  dispose(): void {
    for (const { backend } of this.#stages) backend.dispose();
  }

  /**
   * Reads all ids, chunk by chunk.
   * @param visit after every chunk: the row of the last id of each sequence that is through now, the first sequence's
   * place before the chunk, and the chunk's rows
   */
  async #readChunks(
    ids: readonly ArrayLike<number>[],
    { signal, onProgress, visit }: EngineReadOptions,
    afterChunk: (rowOfLast: ReadonlyMap<number, number>, start: number, rows: number) => Promise<void>,
  ): Promise<void> {
    this.#expectLists(ids);
    if (this.#busy)
      throw new Error('the engine expected one call at a time, got a second one before the first was done');
    const total = ids.reduce((sum, list) => sum + list.length, 0);
    const cursors = new Array<number>(this.sequences).fill(0);
    let before: State[] | undefined;
    this.#busy = true;
    try {
      if (signal !== undefined && total > this.#rows) before = await this.#allStates();
      for (let done = 0; done < total; ) {
        signal?.throwIfAborted();
        const chunk = planChunk(ids, cursors, this.#rows);
        this.#head.prepare([...chunk.rowOfLast.values()]);
        await this.#runChunk(chunk.ids, chunk.bounds, visit);
        await afterChunk(chunk.rowOfLast, done, chunk.ids.length);
        done += chunk.ids.length;
        onProgress?.(done, total);
      }
    } catch (error) {
      if (signal?.aborted) for (const [s, state] of (before ?? []).entries()) this.restore(state, s);
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  async #allStates(): Promise<State[]> {
    const states: State[] = [];
    for (let s = 0; s < this.sequences; s++) states.push(await this.state(s));
    return states;
  }

  /** Residual stream of the last stage after all layers. */
  async #runChunk(ids: Uint32Array, bounds: Uint32Array, visit: TensorVisitor | undefined): Promise<void> {
    const { config, sequences } = this;
    const rows = ids.length;
    const { backend, embedding, work } = this.#stages[0]!;
    backend.write(this.#ids, ids);
    for (const stage of this.#stages) stage.backend.write(stage.bounds, bounds); // nothing is enqueued yet: the quick way
    backend.embed({ out: viewOf(work.residual, config.dModel), ids: this.#ids, weight: embedding!, rows });
    let previous: Stage | undefined;
    for (const stage of this.#stages) {
      if (previous !== undefined) await copyRows(previous, stage, rows * config.dModel);
      await runStage(stage, config, { rows, sequences }, (layer) =>
        visit === undefined ? this.#turn(stage, rows) : visitLayer(stage, config, layer, rows, visit),
      );
      previous = stage;
    }
  }

  /** Lets enough work pile up to be worth a run, and no more than the event loop can wait for. */
  #turn({ backend, layers }: Stage, rows: number): Promise<void> | undefined {
    const { inProjWeight, outProjWeight } = layers[0]!;
    this.#queued += rows * (inProjWeight.rows * inProjWeight.columns + outProjWeight.rows * outProjWeight.columns);
    if (this.#queued < workOfATurn) return undefined;
    this.#queued = 0;
    return backend.settle().then(nextTurn);
  }

  #expectSequence(sequence: number): void {
    if (Number.isInteger(sequence) && sequence >= 0 && sequence < this.sequences) return;
    throw new RangeError(`"sequence" expected an integer in 0…${this.sequences - 1}, got ${sequence}`);
  }

  #expectLists(ids: readonly ArrayLike<number>[]): void {
    if (ids.length !== this.sequences) {
      throw new RangeError(`"ids" expected ${this.sequences} lists (sequences), got ${ids.length}`);
    }
    for (const [s, list] of ids.entries()) this.#expectIds(`ids[${s}]`, list);
  }

  #expectIds(name: string, ids: ArrayLike<number>): void {
    const { vocabSize } = this.config;
    for (let t = 0; t < ids.length; t++) {
      const id = ids[t]!;
      if (Number.isInteger(id) && id >= 0 && id < vocabSize) continue;
      throw new RangeError(`"${name}[${t}]" expected an id in 0…${vocabSize - 1}, got ${id}`);
    }
  }
}

async function copyRows(from: Stage, to: Stage, length: number): Promise<void> {
  to.backend.write(to.work.residual, await from.backend.read(from.work.residual, 0, length));
}
