/**
 * Tokens that a device chooses itself. The device may choose what logits within their bound could make the best: with
 * s_i = logit_i·scale + noise_i in float64, and e_i what s_i may be off by,
 *
 *   s_best − s_chosen ≤ e_best + e_chosen
 *
 * is all that is asked for, and the reference goes on from the token that was chosen. Where the two best are further apart
 * than that, only one token will do; the states afterwards tell what was read. Filters allow what they keep of any logits
 * within the bound ({@link keptOf}).
 */
import { tokensAhead } from '../engine/write-ahead.ts';
import type { Filters } from '../generation/kept-set.ts';
import { keptTokens } from '../generation/kept-set.ts';
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
  for (const filters of [undefined, { topK: 0, topP: 0.9, minP: 0.01 }, { topK: 5, topP: 1, minP: 0.01 }]) {
    const name = filters === undefined ? 'drawn' : `drawn with ${JSON.stringify(filters)}`;
    const drawn = await write(run, name, last, { scale, noise, filters });
    comparisons.push(...drawn.comparisons);
    engine.undoAhead();
    truth.restore(after);
  }
  return comparisons;
}

interface Drawing {
  readonly scale: number;
  readonly noise?: Float32Array | undefined;
  readonly filters?: Filters | undefined;
}

/** @throws Error unless the engine writes {@link tokensAhead} tokens of every sequence; with filters it may be fewer */
async function write(run: ModelRun, name: string, ids: readonly number[], drawing: Drawing = { scale: 1 }) {
  const { engine, truth, problem } = run;
  const { size, sequences, config } = problem;
  const tokens = await engine.writeAhead(ids, { size, ...drawing });
  const least = drawing.filters === undefined ? tokensAhead : 0;
  expectTokens(name, tokens, { sequences, size, least });
  const comparisons: Comparison[] = [];
  for (const [k, chosen] of tokens.entries()) {
    const read = k === 0 ? ids : tokens[k - 1]!;
    chosen.forEach((token, s) => {
      const start = (k * sequences + s) * config.vocabSize;
      const noise = drawing.noise?.subarray(start, start + size);
      const scores = scoresOf(run, truth.read(s, [read[s]!]), { scale: drawing.scale, noise });
      const kept = keptOf(scores, drawing.filters);
      comparisons.push(compareChoice(`${name}: token ${k} of sequence ${s}`, token, scores, kept));
    });
  }
  // Behind a token that was left undecided the device has read what nobody has chosen.
  if (tokens.length === tokensAhead) comparisons.push(...(await expectStates(run, name)));
  return { tokens, comparisons };
}

interface Expected {
  readonly sequences: number;
  readonly size: number;
  readonly least: number;
}

function expectTokens(
  name: string,
  tokens: readonly (readonly number[])[],
  { sequences, size, least }: Expected,
): void {
  const known = (token: number) => Number.isInteger(token) && token >= 0 && token < size;
  const enough = tokens.length >= least && tokens.length <= tokensAhead;
  if (enough && tokens.every((row) => row.length === sequences && row.every(known))) return;
  const got = JSON.stringify(tokens);
  throw new Error(`${name}: expected ${tokensAhead} rows of ${sequences} ids below ${size}, got ${got}`);
}

/** s_i and e_i: of the logit its bound, and a rounding each of product and sum. */
interface Score {
  readonly value: number;
  readonly error: number;
  /** logit_i·scale, which filters look at. */
  readonly logit: number;
}

function scoresOf({ problem, k, floor }: ModelRun, { value, scale: sizes }: TrueLogits, drawing: Drawing): Score[] {
  const { scale, noise } = drawing;
  return Array.from({ length: problem.size }, (_, i) => {
    const [product, added] = [value[i]! * scale, noise?.[i] ?? 0];
    const rounded = noise === undefined ? 0 : u * (2 * Math.abs(product) + Math.abs(added));
    return { logit: product, value: product + added, error: k * (u * sizes[i]! + floor) * scale + rounded };
  });
}

/** Ids that filters keep of all logits within their bound, and of some. */
interface Kept {
  readonly surely: ReadonlySet<number>;
  readonly perhaps: ReadonlySet<number>;
}

/** A weight is off by a share of 2e at most, and so is a sum of them. Either top-k or top-p, not both. */
function keptOf(scores: readonly Score[], filters: Filters = { topK: 0, topP: 1, minP: 0 }): Kept {
  const slack = 4 * scores.reduce((most, { error }) => Math.max(most, error), 0);
  const heaviest = scores.reduce((most, { logit }) => Math.max(most, logit), -Infinity);
  const weights = Float64Array.from(scores, ({ logit }) => Math.exp(logit - heaviest));
  const { topK, topP, minP } = filters;
  const kth = topK === 0 ? -Infinity : scores.map(({ logit }) => logit).sort((a, b) => b - a)[topK - 1]!;
  const keptBy = (by: number) => {
    const within = keptTokens(weights, { topK: 0, topP: topP === 1 ? 1 : topP + by, minP: minP * (1 - by) });
    return new Set([...within].filter((id) => scores[id]!.logit >= kth - by));
  };
  return { surely: keptBy(-slack), perhaps: keptBy(slack) };
}

function compareChoice(name: string, token: number, scores: readonly Score[], { surely, perhaps }: Kept): Comparison {
  if (!perhaps.has(token))
    return { worst: Infinity, report: `${name} expected one that the filters keep, got ${token}` };
  let best = token;
  for (const id of surely) if (scores[id]!.value > scores[best]!.value) best = id;
  const [chosen, right] = [scores[token]!, scores[best]!];
  const bound = right.error + chosen.error;
  const worst = (right.value - chosen.value) / bound;
  const report = `${name} expected ${best} (${right.value}), got ${token} (${chosen.value}): ${worst} × its bound ${bound}`;
  return { worst, report };
}
