/**
 * Texts continued side by side, one token a row at a time, as the script's two libraries do it.
 */
import { nextTurn } from '../generation/next-turn.ts';
import type { Sampling } from '../generation/sampler.ts';
import { chooseToken } from '../generation/sampler.ts';
import type { EvaluatedModel } from './evaluated-model.ts';

export interface BatchOptions {
  readonly genLength: number;
  readonly sampling: Sampling;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Tokens generated so far, a row. */
  readonly onToken?: ((done: number) => void) | undefined;
}

/**
 * Reads the prompts at once, then generates until every row has genLength tokens more, or all rows have ended with one of
 * the model's eos tokens; a row that has ended goes on with the first of these. The last token is not read: nothing
 * follows it.
 * @param prompts (sequences, promptLength), not empty
 * @returns prompts and generated ids, all rows of one length
 */
export async function generateBatch(
  model: EvaluatedModel,
  prompts: readonly (readonly number[])[],
  options: BatchOptions,
): Promise<readonly number[][]> {
  const { genLength, sampling, seed, signal, onToken } = options;
  const size = model.tokenizer?.size ?? model.vocabSize;
  const rows = prompts.map((ids) => [...ids]);
  const ended = rows.map(() => false);
  await model.reset();
  let unread: readonly (readonly number[])[] = prompts;
  for (let done = 0; done < genLength && !ended.every((end) => end); done++) {
    signal?.throwIfAborted();
    const logits = await model.read(unread, signal);
    rows.forEach((ids, sequence) => {
      const row = logits[sequence]!;
      const token = ended[sequence] ? model.eosTokenIds[0]! : chooseToken(row, ids, { sampling, size, seed, sequence });
      ids.push(token);
      ended[sequence] ||= model.eosTokenIds.includes(token);
    });
    unread = rows.map((ids) => ids.slice(-1));
    onToken?.(done + 1);
    await nextTurn(); // Ctrl-C comes through here
  }
  return rows;
}
