/**
 * Tokens that a device chooses itself. The device may choose what logits within their bound could make the best: with
 * s_i = logit_i·scale + noise_i in float64, and e_i what s_i may be off by,
 *
 *   s_best − s_chosen ≤ e_best + e_chosen
 *
 * is all that is asked for, and the reference goes on from the token that was chosen. Where the two best are further apart
 * than that, only one token will do; the states afterwards tell what was read.
 */
import { tokensAhead } from '../engine/write-ahead.ts';
import type { Comparison } from './compare.ts';
import type { ModelRun } from './model-run.ts';
import { expectStates, readAll } from './model-run.ts';
import type { TrueLogits } from './model-truth.ts';
import { u } from './operation.ts';

/** Greedy twice, since a plan must go on from its own states; the second time undone; then drawn with noise. */
export async function checkPlan(run: ModelRun): Promise<readonly Comparison[]> {
  const { engine, truth, problem } = run;
  const { steps, scale, noise } = problem;
  const comparisons = [...(await readAll(run))];
  const first = await write(run, 'greedy', steps[0]!);
  const after = truth.states();
  const last = first.tokens.at(-1)!;
  const second = await write(run, 'greedy again', last);
  comparisons.push(...first.comparisons, ...second.comparisons);
  engine.undoAhead();
  truth.restore(after);
  comparisons.push(...(await expectStates(run, 'undone')));
  const drawn = await write(run, 'drawn', last, { scale, noise });
  return [...comparisons, ...drawn.comparisons];
}

interface Drawing {
  readonly scale: number;
  readonly noise?: Float32Array | undefined;
}

/** @throws Error unless the engine writes {@link tokensAhead} tokens of every sequence */
async function write(run: ModelRun, name: string, ids: readonly number[], drawing: Drawing = { scale: 1 }) {
  const { engine, truth, problem } = run;
  const { size, sequences, config } = problem;
  const tokens = await engine.writeAhead(ids, { size, ...drawing });
  expectTokens(name, tokens, sequences, size);
  const comparisons: Comparison[] = [];
  for (const [k, chosen] of tokens.entries()) {
    const read = k === 0 ? ids : tokens[k - 1]!;
    chosen.forEach((token, s) => {
      const start = (k * sequences + s) * config.vocabSize;
      const noise = drawing.noise?.subarray(start, start + size);
      const scores = scoresOf(run, truth.read(s, [read[s]!]), { scale: drawing.scale, noise });
      comparisons.push(compareChoice(`${name}: token ${k} of sequence ${s}`, token, scores));
    });
  }
  comparisons.push(...(await expectStates(run, name)));
  return { tokens, comparisons };
}

function expectTokens(name: string, tokens: readonly (readonly number[])[], sequences: number, size: number): void {
  const known = (token: number) => Number.isInteger(token) && token >= 0 && token < size;
  if (tokens.length === tokensAhead && tokens.every((row) => row.length === sequences && row.every(known))) return;
  const got = JSON.stringify(tokens);
  throw new Error(`${name}: expected ${tokensAhead} rows of ${sequences} ids below ${size}, got ${got}`);
}

/** s_i and e_i: of the logit its bound, and a rounding each of product and sum. */
interface Score {
  readonly value: number;
  readonly error: number;
}

function scoresOf({ problem, k, floor }: ModelRun, { value, scale: sizes }: TrueLogits, drawing: Drawing): Score[] {
  const { scale, noise } = drawing;
  return Array.from({ length: problem.size }, (_, i) => {
    const [product, added] = [value[i]! * scale, noise?.[i] ?? 0];
    const rounded = noise === undefined ? 0 : u * (2 * Math.abs(product) + Math.abs(added));
    return { value: product + added, error: k * (u * sizes[i]! + floor) * scale + rounded };
  });
}

function compareChoice(name: string, token: number, scores: readonly Score[]): Comparison {
  const best = scores.reduce((most, score, i) => (score.value > scores[most]!.value ? i : most), 0);
  const [chosen, right] = [scores[token]!, scores[best]!];
  const bound = right.error + chosen.error;
  const worst = (right.value - chosen.value) / bound;
  const report = `${name} expected ${best} (${right.value}), got ${token} (${chosen.value}): ${worst} × its bound ${bound}`;
  return { worst, report };
}
