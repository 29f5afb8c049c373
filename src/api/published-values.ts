/**
 * What others have published about a checkpoint's output, so that a download can be told from a broken one: logits, and
 * how it continues a prompt greedily.
 *
 * Source: the integration tests of transformers,
 * https://github.com/huggingface/transformers/blob/0096ba4f66d4f5f7b1d4e162f8a75d0894b40ea8/tests/models/mamba/test_modeling_mamba.py
 * (class MambaIntegrationTests), and of GPT-Neo
 * https://github.com/huggingface/transformers/blob/069d0c342e97c1967c877a5a464b82c5bf821ec6/tests/models/gpt_neo/test_modeling_gpt_neo.py
 * (test_lm_generate_gpt_neo); of the embedded model: transformers 5.17.0 in float64.
 */

import type { ModelConfig } from '../engine/architecture.ts';
import { isGptNeoConfig } from '../engine/architecture.ts';
import type { WeightDtype } from '../engine/backend.ts';

/** Of the first `values.length` tokens, after the first token of the prompt. */
export interface PublishedLogits {
  readonly prompt: string;
  readonly values: readonly number[];
  /** |got − expected| ≤ tolerance·(1 + |expected|) */
  readonly tolerance: number;
}

export interface PublishedText {
  readonly prompt: string;
  /** Greedy, `tokens` tokens of it. */
  readonly text: string;
  readonly tokens: number;
}

export interface PublishedShape {
  readonly kind: 'mamba' | 'gpt-neo';
  readonly nLayer: number;
  /** Columns of the residual stream. */
  readonly width: number;
  readonly vocabSize: number;
}

export interface PublishedValues {
  readonly id: string;
  /** Sizes by which a folder of any name is known. */
  readonly shape: PublishedShape;
  /** In which numbers the weights were. */
  readonly dtype: WeightDtype;
  readonly logits: readonly PublishedLogits[];
  readonly texts: readonly PublishedText[];
}

const hello = 'Hello my name is';

/** Tokens of GPT-NeoX with padding. */
const vocabSize = 50280;

export const publishedValues: readonly PublishedValues[] = [
  {
    id: 'state-spaces/mamba-130m-hf',
    shape: { kind: 'mamba', nLayer: 24, width: 768, vocabSize },
    dtype: 'f32',
    logits: [
      {
        prompt: 'Hey how are you doing?',
        tolerance: 1e-3,
        values: [
          ...[-55.6909, -69.7903, -49.8981, -51.7581, -57.6544, -57.9368, -56.9591, -57.9033, -54.6787, -55.9261],
          ...[-55.3011, -58.0765, -60.5642, -47.0176, -52.0344, -49.7836, -55.9463, -57.8957, -56.7627, -57.108],
          ...[-57.3434, -58.3015, -57.7875, -58.776, -59.6037, -59.0665, -58.7087, -52.9293, -53.4654, -57.3466],
          ...[-56.9294, -55.7314, -53.3141, -55.8171, -56.9879, -56.9121, -56.2139, -54.7198, -56.4134, -57.4825],
        ],
      },
    ],
    texts: [
      { prompt: 'Hey how are you doing?', text: "\n\nI'm so glad you're here.", tokens: 10 },
      { prompt: hello, text: ' John and I am a newbie to the world', tokens: 10 },
    ],
  },
  {
    id: 'state-spaces/mamba-790m-hf',
    shape: { kind: 'mamba', nLayer: 48, width: 1536, vocabSize },
    dtype: 'f16',
    logits: [],
    texts: [{ prompt: hello, text: '\n\nI am a\n\nI am a', tokens: 10 }],
  },
  {
    id: 'state-spaces/mamba-1.4b-hf',
    shape: { kind: 'mamba', nLayer: 48, width: 2048, vocabSize },
    dtype: 'f16',
    logits: [],
    texts: [
      {
        prompt: hello,
        text: ' John and I am a\n\nI am a single father of a beautiful daughter. I am a',
        tokens: 20,
      },
    ],
  },
  {
    id: 'state-spaces/mamba-2.8b-hf',
    shape: { kind: 'mamba', nLayer: 64, width: 2560, vocabSize },
    dtype: 'f16',
    logits: [],
    texts: [
      {
        prompt: hello,
        text: ' John and I am a new member of this forum. I am a retired Marine and I am a member of the Marine Corps League. I am a',
        tokens: 30,
      },
    ],
  },
  {
    id: 'EleutherAI/gpt-neo-1.3B',
    shape: { kind: 'gpt-neo', nLayer: 24, width: 2048, vocabSize: 50257 },
    dtype: 'f32',
    logits: [],
    texts: [
      {
        prompt: 'The dog',
        text: '-eared copy of the book, which is a collection of essays by the late author,',
        tokens: 18,
      },
    ],
  },
  {
    id: 'tiny-shakespeare',
    shape: { kind: 'mamba', nLayer: 8, width: 192, vocabSize: 256 },
    dtype: 'f32',
    logits: [
      {
        prompt: 'ROMEO:',
        tolerance: 1e-5,
        values: [
          ...[-6.92760643957158, -6.636233562725388, -6.916125147069393, -7.276829817380838],
          ...[-7.086640002405633, -7.286664732619098, -7.417380489239033, -7.267771186189849],
        ],
      },
    ],
    texts: [
      { prompt: 'ROMEO:', text: '\nI will not stay the state of the state,\nAnd therefore the state', tokens: 64 },
      { prompt: 'First Citizen:\nBefore we proceed any further', text: ' than the sea\nWhich the sea of', tokens: 30 },
    ],
  },
];

/** The values of a model of this config, by its sizes: names of folders are anybody's. */
export function publishedFor(config: ModelConfig): PublishedValues | undefined {
  const kind = isGptNeoConfig(config) ? 'gpt-neo' : 'mamba';
  const width = isGptNeoConfig(config) ? config.hiddenSize : config.dModel;
  return publishedValues.find(
    ({ shape }) =>
      shape.kind === kind &&
      shape.nLayer === config.nLayer &&
      shape.width === width &&
      shape.vocabSize === config.vocabSize,
  );
}
