/**
 * The engine as a language model: one sequence of it.
 */
import type { AheadChoice, AheadWriter, LanguageModel, ReadOptions } from '../generation/language-model.ts';
import type { ModelState } from '../generation/model-state.ts';
import { nextTurn } from '../generation/next-turn.ts';
import type { Floats } from '../reference/types.ts';
import type { Engine } from './engine.ts';
import { expectSequence } from './expect-ids.ts';
import { mostCandidates, tokensAhead } from './write-ahead.ts';

/**
 * {@link LanguageModel} over sequence `sequence` of an engine; several of them must not be used at the same time.
 * @throws RangeError when the engine has no such sequence
 */
export function createEngineModel(engine: Engine, sequence = 0): LanguageModel {
  return new EngineModel(engine, sequence);
}

/** Compiling a plan takes as long as some hundred tokens without it; half of that for what may be a short text. */
const stepsBeforeCompiling = 48;
/**
 * Most numbers of a state that go there and back with every token (measured on an H100: 0.7 million, 51 tokens/s instead of
 * some 20; 6 million, 6.1 instead of 7.7).
 */
const mostStateNumbers = 2e6;

class EngineModel implements LanguageModel {
  readonly vocabSize: number;
  readonly positions: number | undefined;
  readonly backend: string;
  readonly device: string;
  readonly dtype: string;
  readonly ahead: EngineWriter | undefined;
  readonly #engine: Engine;
  readonly #sequence: number;
  readonly #compiles: boolean;
  #steps = 0;

  constructor(engine: Engine, sequence: number) {
    expectSequence(sequence, engine.sequences);
    this.vocabSize = engine.vocabSize;
    this.positions = engine.positions;
    this.backend = engine.name;
    this.device = engine.device;
    this.dtype = engine.dtype;
    this.#engine = engine;
    this.#sequence = sequence;
    if (engine.writesAhead && engine.sequences === 1) this.ahead = new EngineWriter(engine);
    this.#compiles = this.ahead !== undefined && engine.stateLength <= mostStateNumbers;
  }

  get compileSeconds(): number {
    return this.#engine.compileSeconds;
  }

  async reset(): Promise<void> {
    this.ahead?.begin();
    this.#engine.reset(this.#sequence);
  }

  async prefill(ids: ArrayLike<number>, options: ReadOptions = {}): Promise<Floats> {
    if (ids.length === 0) throw new RangeError('"ids.length" expected an integer ≥ 1, got 0');
    return this.#read(ids, options);
  }

  async step(id: number): Promise<Floats> {
    this.#steps++;
    const compiled = this.#compiles && this.#steps > stepsBeforeCompiling;
    const logits = compiled ? (await this.#engine.step([id]))[0]! : await this.#read([id], {});
    await nextTurn();
    return logits;
  }

  crossEntropy(ids: ArrayLike<number>, targets: ArrayLike<number>, options: ReadOptions = {}): Promise<Float64Array> {
    return this.#engine.crossEntropy(this.#sequence, ids, targets, options);
  }

  state(): Promise<ModelState> {
    return this.#engine.state(this.#sequence);
  }

  async restore(state: ModelState): Promise<void> {
    this.#engine.restore(state, this.#sequence);
    this.ahead?.begin();
  }

  async #read(ids: ArrayLike<number>, options: ReadOptions): Promise<Float32Array> {
    const lists = Array.from({ length: this.#engine.sequences }, (_, s) => (s === this.#sequence ? ids : []));
    const logits = await this.#engine.read(lists, options);
    return logits[this.#sequence]!;
  }
}

/** Several tokens a submission, of an engine's only sequence. */
class EngineWriter implements AheadWriter {
  readonly tokens = tokensAhead;
  readonly mostTopK = mostCandidates;
  readonly #engine: Engine;
  /** What the last call read, then what it chose. */
  #last: readonly number[] = [];
  #compiled = false;
  /** Of this text. */
  #calls = 0;
  #undecided = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The first call compiles. Filters that it cannot follow half of the time are left to whoever has the logits. */
  get least(): number {
    if (this.#undecided >= 4 && 2 * this.#undecided > this.#calls) return Infinity;
    return this.#compiled ? tokensAhead / 2 : stepsBeforeCompiling;
  }

  /** Another text, perhaps with other filters. */
  begin(): void {
    this.#calls = 0;
    this.#undecided = 0;
  }

  async write(id: number, choice: AheadChoice): Promise<readonly number[]> {
    const tokens = (await this.#engine.writeAhead([id], choice)).map(([token]) => token!);
    this.#last = [id, ...tokens];
    this.#compiled = true;
    this.#calls++;
    if (tokens.length < tokensAhead) {
      this.#undecided++;
      await this.keep(tokens.length);
    }
    await nextTurn();
    return tokens;
  }

  async keep(count: number): Promise<void> {
    this.#engine.undoAhead();
    if (count > 0) await this.#engine.read([this.#last.slice(0, count)]);
  }
}
