/**
 * The recipe that both models are trained by, and what they are asked afterwards. The README quotes the results.
 */
import type { CopyTask } from './task.ts';
import { vocabSize } from './task.ts';
import type { Recipe } from './train.ts';
import { accuracy, train } from './train.ts';

const task: CopyTask = { content: 16, remembered: 4, alphabet: 8 };

const recipe: Recipe = {
  task,
  config: {
    ...{ vocabSize: vocabSize(task), dModel: 24, nLayer: 2, dInner: 48, dState: 8, dConv: 4, dtRank: 1 },
    ...{ normEps: 1e-5, useBias: false, useConvBias: true, tieWordEmbeddings: true },
  },
  steps: 1000,
  batch: 16,
  learningRate: 0.012,
  seed: 1,
};

/** Shares of right answers: in the task as trained, and with four times the noise. */
export interface Outcome {
  readonly asTrained: number;
  readonly longer: number;
}

/** Trains the model with its selection, or made time-invariant, and prints what it has learned. */
export function trainAndAsk(selective: boolean): Outcome {
  const trained: Recipe = { ...recipe, config: { ...recipe.config, selective } };
  const weights = train(trained);
  const asTrained = accuracy(trained, weights, 250);
  const longer = accuracy({ ...trained, task: { ...task, content: 4 * task.content } }, weights, 250);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const name = selective ? 'selective' : 'time-invariant';
  process.stdout.write(
    `selective copying, ${name} model: ${percent(asTrained)} of ${task.remembered} tokens among ${task.content}, ` +
      `${percent(longer)} among ${4 * task.content}\n`,
  );
  return { asTrained, longer };
}
