/**
 * Where the tokens of a generation come from: chosen here from logits, one by one, or several at a time by a device that
 * chooses itself. Either way the model has read the same ids in the end.
 */
import type { Floats } from '../reference/types.ts';
import { aheadChoice, choosesAhead } from './ahead-choice.ts';
import type { AheadWriter, LanguageModel } from './language-model.ts';
import type { Draw } from './sampler.ts';
import { chooseToken } from './sampler.ts';

export type OnLogits = (logits: Floats, id: number) => void;

export class TokenSource {
  readonly #model: LanguageModel;
  readonly #draw: Draw;
  readonly #ahead: AheadWriter | undefined;
  /** After the last id that was read here. */
  #logits: Floats;
  /** Written by the device and not taken yet. */
  #written: number[] = [];
  /** How many ids there were when it wrote, the one it read first included. */
  #writtenAt = 0;

  readonly #onLogits: OnLogits | undefined;

  /**
   * @param logits after the prompt
   * @param onLogits sees those that a token is chosen from; with it all are chosen here
   */
  constructor(model: LanguageModel, draw: Draw, logits: Floats, onLogits?: OnLogits) {
    this.#model = model;
    this.#draw = draw;
    this.#logits = logits;
    this.#onLogits = onLogits;
    this.#ahead = choosesAhead(draw.sampling) && onLogits === undefined ? model.ahead : undefined;
  }

  /**
   * Reads the last of `ids`, so that the next one can be chosen.
   * @param wanted how many more tokens are wanted at most
   */
  async read(ids: readonly number[], wanted: number): Promise<void> {
    if (this.#written.length > 0) return;
    const ahead = this.#ahead;
    const id = ids.at(-1)!;
    this.#writtenAt = 0;
    if (ahead === undefined || wanted < ahead.least) {
      this.#logits = await this.#model.step(id);
      return;
    }
    const choice = aheadChoice(this.#draw, ids.length, ahead.tokens, this.#model.vocabSize);
    this.#written = [...(await ahead.write(id, choice))];
    this.#writtenAt = ids.length;
  }

  /** The token after `ids`. */
  choose(ids: readonly number[]): number {
    const written = this.#written.shift();
    if (written !== undefined) return written;
    const id = chooseToken(this.#logits, ids, this.#draw);
    this.#onLogits?.(this.#logits, id);
    return id;
  }

  /** @param read how many ids the model shall have read */
  async close(read: number): Promise<void> {
    const count = read - this.#writtenAt + 1;
    if (this.#ahead !== undefined && this.#writtenAt > 0 && count < this.#ahead.tokens) await this.#ahead.keep(count);
  }
}
