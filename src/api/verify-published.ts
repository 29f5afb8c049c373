/**
 * A checkpoint against what was published about it: whether these are the weights, and all of the way from the file to the
 * text is right.
 */
import { UnsupportedError } from '../engine/errors.ts';
import type { GenerateOptions, Generation, Piece } from '../generation/generate.ts';
import type { SuiteRow } from '../oracle/index.ts';
import { RowSum } from '../oracle/verdict.ts';
import type { Floats } from '../reference/types.ts';
import type { PublishedLogits, PublishedText, PublishedValues } from './published-values.ts';

/** What is checked, wherever it runs. */
export interface PublishedSubject {
  generate(prompt: string, options: GenerateOptions): AsyncGenerator<Piece, Generation>;
  /** The logits after the prompt's first token. @throws UnsupportedError where they are out of reach */
  firstLogits(prompt: string): Promise<Floats>;
}

export type PublishedCheck = 'logits' | 'continuations';

/**
 * @returns a row for the logits, its worst in units of the tolerance, and one for the continuations, 0 or ∞
 * @throws the signal's reason
 */
export async function verifyPublished(
  subject: PublishedSubject,
  { logits, texts }: PublishedValues,
  signal?: AbortSignal,
): Promise<readonly SuiteRow<PublishedCheck>[]> {
  const numbers = new RowSum<PublishedCheck>('logits');
  for (const published of logits) numbers.add(JSON.stringify(published.prompt), await judgeLogits(subject, published));
  if (logits.length === 0) numbers.add('', { worst: 0, absent: 'none are published' });
  const continuations = new RowSum<PublishedCheck>('continuations');
  for (const published of texts) {
    continuations.add(JSON.stringify(published.prompt), await judgeText(subject, published, signal));
    signal?.throwIfAborted();
  }
  return [numbers.row(), continuations.row()];
}

async function judgeLogits(subject: PublishedSubject, { prompt, values, tolerance }: PublishedLogits) {
  let got: Floats;
  try {
    got = await subject.firstLogits(prompt);
  } catch (error) {
    if (error instanceof UnsupportedError) return { worst: 0, absent: error.message };
    throw error;
  }
  let [worst, at] = [0, 0];
  for (const [i, expected] of values.entries()) {
    const difference = Math.abs(got[i]! - expected) / (tolerance * (1 + Math.abs(expected)));
    const error = Number.isNaN(difference) ? Infinity : difference;
    if (error > worst) [worst, at] = [error, i];
  }
  if (worst <= 1) return { worst };
  const problem = `token ${at} expected ${values[at]} ± ${tolerance * (1 + Math.abs(values[at]!))}, got ${got[at]}`;
  return { worst, failure: problem };
}

async function judgeText(subject: PublishedSubject, published: PublishedText, signal: AbortSignal | undefined) {
  const { prompt, text: expected, tokens: maxTokens } = published;
  const pieces = subject.generate(prompt, { maxTokens, sampling: { temperature: 0 }, eosTokenIds: [], signal });
  let step = await pieces.next();
  while (!step.done) step = await pieces.next();
  const { text } = step.value;
  if (text === expected) return { worst: 0 };
  return { worst: Infinity, failure: `expected ${JSON.stringify(expected)}, got ${JSON.stringify(text)}` };
}
