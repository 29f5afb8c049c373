/**
 * The one fast model definition: embedding, stages of layers, norm and head over a {@link Backend}. Prefill and decode
 * are the same code, for one sequence or for several. `loadEngine` makes one.
 */
import type { AheadChoice } from '../generation/language-model.ts';
import type { ModelState } from '../generation/model-state.ts';
import type { Architecture, ModelConfig } from './architecture.ts';
import type { WeightDtype } from './backend.ts';
import { expectIds, expectLists, expectSequence } from './expect-ids.ts';
import { EngineHead, scoringRows } from './head.ts';
import { Memory } from './memory.ts';
import type { ChunkRoute, ChunkWatch, EngineReadOptions } from './read-chunks.ts';
import { readChunks } from './read-chunks.ts';
import type { Stage } from './stage.ts';
import type { StepParts } from './step-chain.ts';
import { StepPlan } from './step-plan.ts';
import { Turns } from './turns.ts';
import { drawnAmong, WriteAhead } from './write-ahead.ts';

export type { EngineReadOptions } from './read-chunks.ts';

export interface EngineParts {
  readonly architecture: Architecture;
  readonly stages: readonly Stage[];
  readonly sequences: number;
  readonly dtype: WeightDtype;
  /** Most rows of a chunk. */
  readonly rows: number;
  readonly fingerprint: string | undefined;
}

export class Engine {
  readonly config: ModelConfig;
  readonly vocabSize: number;
  /** Most tokens of a sequence; absent where there is no end. */
  readonly positions: number | undefined;
  readonly sequences: number;
  readonly dtype: WeightDtype;
  /** Numbers of a sequence's states. */
  readonly stateLength: number;
  /** Tells these weights from others of the same config, whatever the dtype; absent where the source has none. */
  readonly fingerprint: string | undefined;
  readonly #stages: readonly Stage[];
  readonly #architecture: Architecture;
  readonly #memory: Memory;
  readonly #route: ChunkRoute;
  readonly #head: EngineHead;
  readonly #ahead = new Map<string, WriteAhead>();
  #wrote: WriteAhead | undefined;
  #stepPlan: StepPlan | undefined;
  #compileSeconds = 0;
  #busy = false;
  #disposed = false;

  constructor({ architecture, stages, sequences, dtype, rows, fingerprint }: EngineParts) {
    this.config = architecture.config;
    this.vocabSize = architecture.vocabSize;
    this.positions = architecture.positions;
    this.stateLength = (architecture.nLayer * architecture.layerStateBytes) / 4;
    this.sequences = sequences;
    this.dtype = dtype;
    this.fingerprint = fingerprint;
    this.#stages = stages;
    this.#architecture = architecture;
    this.#memory = new Memory(architecture, stages, sequences);
    const ids = stages[0]!.backend.integers('ids', rows);
    this.#route = { architecture, memory: this.#memory, stages, sequences, rows, ids, turns: new Turns() };
    this.#head = new EngineHead(architecture, stages.at(-1)!, sequences);
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

  /** Seconds that {@link writeAhead} and {@link step} have spent compiling so far. */
  get compileSeconds(): number {
    return this.#compileSeconds;
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
    this.#expectAlive('read');
    const { vocabSize } = this;
    const logits: (Float32Array | undefined)[] = Array.from({ length: this.sequences });
    await this.#readAlone(ids, options, async ({ rowOfLast }) => {
      const finished = [...rowOfLast.keys()];
      const values = await this.#head.logitsOf(finished.length, options.visit);
      finished.forEach((sequence, i) => {
        logits[sequence] = values.subarray(i * vocabSize, (i + 1) * vocabSize);
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
    this.#expectAlive('crossEntropy');
    if (targets.length !== ids.length) {
      throw new RangeError(`"targets" expected length ${ids.length} (ids), got ${targets.length}`);
    }
    expectSequence(sequence, this.sequences);
    const { vocabSize, width } = this.#architecture;
    expectIds('targets', targets, vocabSize);
    const nats = new Float64Array(ids.length);
    const lists = Array.from({ length: this.sequences }, (_, s) => (s === sequence ? ids : []));
    await this.#readAlone(lists, options, async ({ ids: { length: rows } }, start) => {
      for (let row = 0; row < rows; row += scoringRows) {
        const count = Math.min(scoringRows, rows - row);
        const wanted = Uint32Array.from({ length: count }, (_, i) => targets[start + row + i]!);
        nats.set(await this.#head.natsOf(row, wanted), start + row);
        await this.#route.turns.after(this.#stages.at(-1)!.backend, count * vocabSize * width);
      }
    });
    return nats;
  }

  /** Whether {@link writeAhead} is there: one stage, on a device that compiles chains. */
  get writesAhead(): boolean {
    return this.#stages.length === 1 && this.#stages[0]!.backend.compile !== undefined;
  }

  /**
   * Reads one id a sequence, and lets the device choose and read the next {@link tokensAhead} but the last. The first
   * call compiles.
   * @returns for each token the ids of all sequences; fewer where filters left one undecided ({@link undoAhead} then, since
   * what was read after them is not theirs)
   */
  async writeAhead(ids: readonly number[], choice: AheadChoice): Promise<number[][]> {
    this.#expectAlive('writeAhead');
    expectLists(
      ids.map((id) => [id]),
      this.sequences,
      this.vocabSize,
    );
    return this.#alone(async () => {
      this.#wrote = await this.#aheadFor(choice);
      return this.#wrote.write(ids, choice);
    });
  }

  /**
   * Reads one id a sequence as one submission, which the first call compiles.
   * @returns logits (vocabSize) after each
   */
  async step(ids: readonly number[]): Promise<Float32Array[]> {
    this.#expectAlive('step');
    const { vocabSize } = this;
    expectLists(
      ids.map((id) => [id]),
      this.sequences,
      vocabSize,
    );
    return this.#alone(async () => {
      this.#stepPlan ??= await this.#compile(() => StepPlan.create(this.#stepParts()));
      const logits = await this.#stepPlan.step(ids);
      return ids.map((_, s) => logits.subarray(s * vocabSize, (s + 1) * vocabSize));
    });
  }

  /** The states are as before the last {@link writeAhead}. */
  undoAhead(): void {
    this.#expectAlive('undoAhead');
    this.#wrote?.undo();
  }

  /** A plan for each kind of choice; where padding begins is compiled into most. */
  async #aheadFor(choice: AheadChoice): Promise<WriteAhead> {
    const among = drawnAmong(choice);
    const key = among === 'kept' ? among : `${among} of ${choice.size}`;
    let ahead = this.#ahead.get(key);
    if (ahead === undefined) {
      ahead = await this.#compile(() => WriteAhead.create(this.#stepParts(), choice.size, among));
      this.#ahead.set(key, ahead);
    }
    return ahead;
  }

  async #compile<T>(create: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const made = await create();
    this.#compileSeconds += (performance.now() - start) / 1000;
    return made;
  }

  #stepParts(): StepParts {
    return { stage: this.#stages[0]!, vocabSize: this.vocabSize, head: this.#head, sequences: this.sequences };
  }

  /** What a sequence has read so far, as a value. */
  async state(sequence = 0): Promise<ModelState> {
    this.#expectAlive('state');
    expectSequence(sequence, this.sequences);
    return this.#memory.read(sequence);
  }

  /** @throws RangeError when the state is not one of this config */
  restore(state: ModelState, sequence = 0): void {
    this.#expectAlive('restore');
    expectSequence(sequence, this.sequences);
    this.#memory.write(sequence, state);
  }

  /** Forgets what a sequence has read. */
  reset(sequence = 0): void {
    this.#expectAlive('reset');
    expectSequence(sequence, this.sequences);
    this.#memory.clear(sequence);
  }

  /** Gives memory and threads back; whatever is called later says so. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const plan of [...this.#ahead.values(), this.#stepPlan]) plan?.dispose();
    for (const { backend } of this.#stages) backend.dispose();
  }

  async #readAlone(
    lists: readonly ArrayLike<number>[],
    options: EngineReadOptions,
    after: ChunkWatch['after'],
  ): Promise<void> {
    expectLists(lists, this.sequences, this.vocabSize);
    await this.#alone(() => {
      const before: ChunkWatch['before'] = ({ rowOfLast }) => this.#head.prepare([...rowOfLast.values()]);
      return readChunks(this.#route, lists, options, { before, after });
    });
  }

  /** One call at a time: all of them use the same cells. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) {
      throw new Error('the engine expected one call at a time, got a second one before the first was done');
    }
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  #expectAlive(call: string): void {
    if (this.#disposed) throw new Error(`the engine expected no call after dispose(), got ${call}()`);
  }
}
