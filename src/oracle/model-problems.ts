/**
 * Small models with random weights, and what they read: problems for an engine as a whole. Neighbouring seeds differ in
 * kind, so that a few of them see every path an engine has.
 */
import type { WeightDtype } from '../engine/backend.ts';
import { tokensAhead } from '../engine/write-ahead.ts';
import { gumbelNoise } from '../generation/noise.ts';
import type { MambaConfig, Weights } from '../reference/types.ts';
import { livelyWeights } from './model-weights.ts';
import { Random } from './random.ts';

export interface ModelProblem {
  /** `plain, 1 sequence of f32`: for whoever reads of a failure. */
  readonly kind: string;
  readonly config: MambaConfig;
  readonly dtype: WeightDtype;
  /** Before they are rounded to the dtype. */
  readonly weights: Weights;
  readonly sequences: number;
  /** Read one after the other, a list a sequence each; of the first no list is empty. */
  readonly reads: readonly (readonly (readonly number[])[])[];
  /** Then one id a sequence at a time. */
  readonly steps: readonly (readonly number[])[];
  /** Ids from here on are padding, and not to be chosen. */
  readonly size: number;
  /** 1/temperature, and Gumbel noise (tokensAhead, sequences, vocabSize). */
  readonly scale: number;
  readonly noise: Float32Array;
}

interface Kind {
  readonly name: string;
  readonly sequences: number;
  readonly dtype?: WeightDtype;
  readonly config?: Partial<MambaConfig>;
  /** All widths are whole blocks of q8_0; the rank of Δ in every second problem. */
  readonly blocks?: boolean;
}

const kinds: readonly Kind[] = [
  { name: 'plain', sequences: 1 },
  { name: 'zoh, head of its own', sequences: 3, config: { discretization: 'zoh', tieWordEmbeddings: false } },
  { name: 'biases', sequences: 2, config: { useBias: true, useConvBias: false } },
  { name: 'blocks', sequences: 2, dtype: 'q8_0', blocks: true },
  { name: 'norms inside', sequences: 2, config: { mixerRmsEps: 1e-2, dState: 8, dtRank: 5 } },
  { name: 'wide', sequences: 1, config: { dModel: 64, dInner: 128, dState: 16, dConv: 4, dtRank: 4 } },
];

/** @param seed an integer in 0…2³² − 1 */
export async function modelProblemOf(seed: number): Promise<ModelProblem> {
  const { name, sequences, dtype = 'f32', config: special, blocks = false } = kinds[seed % kinds.length]!;
  const random = new Random(seed);
  const sizes = blocks ? blockSizes(random, Math.floor(seed / kinds.length)) : drawSizes(random);
  const config: MambaConfig = {
    ...{ ...sizes, normEps: 1e-5, useBias: false, useConvBias: true, tieWordEmbeddings: true },
    ...special,
  };
  const { vocabSize } = config;
  const list = (length: number) => Array.from(random.indices(length, vocabSize));
  const lists = (least: number) => Array.from({ length: sequences }, () => list(random.size(17, least)));
  const all = Uint32Array.from({ length: vocabSize }, (_, id) => id);
  const noises = Array.from({ length: tokensAhead * sequences }, (_, i) =>
    gumbelNoise({ seed, sequence: i % sequences, position: Math.floor(i / sequences) }, all),
  );
  return {
    kind: `${name}, ${sequences} ${sequences === 1 ? 'sequence' : 'sequences'} of ${dtype}`,
    ...{ config, dtype, sequences, weights: await livelyWeights(config, seed) },
    reads: [lists(1), lists(0)],
    steps: Array.from({ length: 6 }, () => list(sequences)),
    size: vocabSize - random.integer(0, 3),
    scale: random.pick([0.5, 1, 1.25]),
    noise: Float32Array.from(noises.flatMap((row) => Array.from(row))),
  };
}

type Sizes = Pick<MambaConfig, 'vocabSize' | 'dModel' | 'nLayer' | 'dInner' | 'dState' | 'dConv' | 'dtRank'>;

function drawSizes(random: Random): Sizes {
  const dModel = random.size(33, 4);
  return {
    ...{ vocabSize: random.size(65, 9), dModel, nLayer: random.integer(1, 3) },
    dInner: random.boolean() ? 2 * dModel : random.size(65, 4),
    dState: random.pick([1, 3, 4, 8, 16]),
    dConv: random.pick([1, 2, 4, 4, 5]),
    dtRank: random.pick([1, 2, 5]),
  };
}

function blockSizes(random: Random, round: number): Sizes {
  const dtRank = round % 2 === 0 ? 32 : 2;
  return { ...drawSizes(random), dModel: 32, dInner: 32 * random.integer(1, 2), nLayer: random.integer(1, 2), dtRank };
}
