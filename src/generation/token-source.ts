/**
 * Where the tokens of a generation come from: chosen here from logits, one by one, or several at a time by a device that
 * chooses itself. Either way the model has read the same ids in the end.
 */
import type { Floats } from '../reference/types.ts';
import { aheadChoice, choosesAhead } from './ahead-choice.ts';
import type { AheadChoice, AheadWriter, LanguageModel } from './language-model.ts';
import { nextTurn } from './next-turn.ts';
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
  /** The count of ids when it wrote, the one it read first included; 0 when logits were read last. */
  #writtenAt = 0;
  /** How many of its id and tokens the device has read then. */
  #writtenRead = 0;
  /** Where the device could not choose: the count of ids before that token. */
  #undecidedAt = 0;
  /** Made while the device computed what comes before. */
  #next: { readonly position: number; readonly choice: AheadChoice } | undefined;
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
    const { ahead } = model;
    const here = onLogits !== undefined || ahead === undefined || !choosesAhead(draw.sampling, ahead);
    this.#ahead = here ? undefined : ahead;
  }

  /**
   * Reads the last of `ids`, so that the next one can be chosen.
   * @param wanted how many more tokens are wanted at most
   */
  async read(ids: readonly number[], wanted: number): Promise<void> {
    if (this.#written.length > 0) return;
    const ahead = this.#ahead;
    if (ahead !== undefined && wanted >= ahead.least && ids.length !== this.#undecidedAt) {
      await this.#write(ahead, ids, wanted);
      if (this.#written.length > 0) return;
    }
    this.#writtenAt = 0;
    this.#logits = await this.#model.step(ids.at(-1)!);
  }

  async #write(ahead: AheadWriter, ids: readonly number[], wanted: number): Promise<void> {
    const choice = await this.#choiceAt(ids.length, ahead.tokens);
    const writing = ahead.write(ids.at(-1)!, choice);
    writing.catch(() => {}); // it is awaited below, after the next choice
    if (choice.noise !== undefined && wanted > ahead.tokens) {
      const position = ids.length + ahead.tokens;
      await nextTurn();
      this.#next = { position, choice: await this.#choiceAt(position, ahead.tokens) };
    }
    this.#written = [...(await writing)];
    this.#writtenAt = ids.length;
    this.#writtenRead = this.#written.length;
    if (this.#written.length < ahead.tokens) this.#undecidedAt = ids.length + this.#written.length;
  }

  async #choiceAt(position: number, tokens: number): Promise<AheadChoice> {
    if (this.#next?.position === position) return this.#next.choice;
    return aheadChoice(this.#draw, position, tokens, this.#model.vocabSize);
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
    if (this.#writtenAt > 0 && count < this.#writtenRead) await this.#ahead!.keep(count);
  }
}
