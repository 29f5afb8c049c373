/**
 * Trains a small reference model on selective copying, and measures how many answers it gets right.
 */
import { initialWeights } from '../../../src/reference/initial-weights.ts';
import { mambaModelForward, mambaModelLogits } from '../../../src/reference/mamba-model.ts';
import { mambaModelLoss } from '../../../src/reference/mamba-model-backward.ts';
import type { MambaConfig, Weights } from '../../../src/reference/types.ts';
import { arraysOf, createAdam } from './adam.ts';
import type { CopyTask } from './task.ts';
import { drawSequence } from './task.ts';

export interface Recipe {
  readonly task: CopyTask;
  readonly config: MambaConfig;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** Trains from fresh weights; sequences are drawn anew for every step. */
export function train(recipe: Recipe, onStep?: (step: number, loss: number) => void): Weights {
  const { task, config, steps, batch, learningRate, seed } = recipe;
  const random = createRandom(seed);
  const weights = initialWeights(config, random);
  const adam = createAdam(weights);
  for (let step = 0; step < steps; step++) {
    let loss = 0;
    let total: Weights | undefined;
    for (let b = 0; b < batch; b++) {
      const result = mambaModelLoss(config, weights, drawSequence(task, random));
      loss += result.loss / batch;
      total = total === undefined ? result.dWeights : addInto(total, result.dWeights);
    }
    scaleInto(total!, 1 / batch);
    // The rate rises over the first steps and falls to zero along a cosine.
    const warm = Math.min(1, (step + 1) / 20);
    adam.update(total!, learningRate * warm * 0.5 * (1 + Math.cos((Math.PI * step) / steps)));
    onStep?.(step, loss);
  }
  return weights;
}

/** The share of answers that are right, over fresh sequences. */
export function accuracy({ task, config, seed }: Recipe, weights: Weights, sequences: number): number {
  const random = createRandom(seed + 1);
  let right = 0;
  for (let s = 0; s < sequences; s++) {
    const { ids, targets } = drawSequence(task, random);
    const logits = mambaModelLogits(config, weights, mambaModelForward(config, weights, ids).hidden);
    for (let t = task.content; t < ids.length; t++) {
      const row = logits.subarray(t * config.vocabSize, (t + 1) * config.vocabSize);
      if (row.indexOf(Math.max(...row)) === targets[t]) right++;
    }
  }
  return right / (sequences * task.remembered);
}

function addInto(total: Weights, share: Weights): Weights {
  const shares = arraysOf(share);
  arraysOf(total).forEach((array, p) => {
    for (let i = 0; i < array.length; i++) array[i]! += shares[p]![i]!;
  });
  return total;
}

function scaleInto(weights: Weights, factor: number): void {
  for (const array of arraysOf(weights)) for (let i = 0; i < array.length; i++) array[i]! *= factor;
}

/** Uniform numbers in [0, 1) by xorshift32 (Marsaglia, J. Stat. Softw. 8(14), 2003). */
export function createRandom(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}
