/**
 * The options that choose a token from logits.
 */
import type { Command } from 'commander';
import type { Sampling } from '../generation/sampler.ts';
import { defaultSampling } from '../generation/sampler.ts';
import { aboveZero, atLeastZero, fraction, integerFrom, numberOption, seedRange, zeroToOne } from './number-option.ts';

export function addSamplingOptions(command: Command): Command {
  const { temperature, topP, topK, minP, repetitionPenalty } = defaultSampling;
  return command
    .addOption(numberOption('--temperature', 't', '0 is greedy', atLeastZero).default(temperature))
    .addOption(numberOption('--top-p', 'p', 'keep the likeliest tokens of mass p; 1 is off', fraction).default(topP))
    .addOption(numberOption('--top-k', 'k', 'keep the k likeliest tokens; 0 is off', integerFrom(0)).default(topK))
    .addOption(numberOption('--min-p', 'p', 'keep tokens ≥ p × the likeliest; 0 is off', zeroToOne).default(minP))
    .addOption(numberOption('--repetition-penalty', 'p', '1 is off', aboveZero).default(repetitionPenalty))
    .addOption(numberOption('--seed', 'n', 'of the sampler (default: random, printed on stderr)', seedRange));
}

export function samplingOf({ temperature, topK, topP, minP, repetitionPenalty }: Sampling): Sampling {
  return { temperature, topK, topP, minP, repetitionPenalty };
}

export function randomSeed(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  return (high & 0x1fffff) * 2 ** 32 + low;
}
