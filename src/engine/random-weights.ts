/**
 * Weights that nobody trained, of any shape and without a file: for benches, where only sizes matter. Every row is a
 * function of (seed, layer, field, row), so the pieces it is read in do not matter.
 */
import type { WeightPlace, WeightSource } from '../checkpoint/index.ts';
import { rowsOf } from '../checkpoint/index.ts';
import { softplusInverse } from '../reference/softplus.ts';
import type { MambaConfig } from '../reference/types.ts';
import type { ModelConfig } from './architecture.ts';
import { isGptNeoConfig } from './architecture.ts';

const stepSize = 0.01;

/** Matrices U(±1/√width), embeddings U(±0.02·√3), aLog as S4D-Real, D and norms 1, Δ about 0.01, other biases 0. */
export function randomWeights(config: ModelConfig, seed = 1): WeightSource {
  return {
    fingerprint: `random ${sizesText(config)}, ${config.vocabSize} tokens, seed ${seed}`,
    async read(slot, from, to) {
      const { width } = rowsOf(slot);
      const out = new Float32Array((to - from) * width);
      for (let row = from; row < to; row++) {
        fillRow(out.subarray((row - from) * width, (row - from + 1) * width), slot, config, mix(seed, slot, row));
      }
      return out;
    },
  };
}

function sizesText(config: ModelConfig): string {
  if (isGptNeoConfig(config)) return `GPT-Neo ${config.nLayer} × ${config.hiddenSize} × ${config.intermediateSize}`;
  return `${config.nLayer} × ${config.dModel} × ${config.dInner}`;
}

function fillRow(out: Float32Array, { field }: WeightPlace, config: ModelConfig, start: number): void {
  switch (field) {
    case 'aLog':
      for (let i = 0; i < out.length; i++) out[i] = Math.log(1 + (i % (config as MambaConfig).dState));
      return;
    case 'D':
    case 'normWeight':
    case 'normFWeight':
    case 'ln1Weight':
    case 'ln2Weight':
    case 'lnFWeight':
      out.fill(1);
      return;
    case 'dtProjBias':
      out.fill(softplusInverse(stepSize));
      return;
    case 'inProjBias':
    case 'outProjBias':
    case 'conv1dBias':
    case 'ln1Bias':
    case 'ln2Bias':
    case 'lnFBias':
    case 'fcBias':
    case 'projBias':
      return;
    case 'embeddingWeight':
    case 'wteWeight':
    case 'wpeWeight':
      fillUniform(out, 0.02 * Math.sqrt(3), start);
      return;
    case 'conv1dWeight':
      fillUniform(out, 1 / Math.sqrt((config as MambaConfig).dConv), start);
      return;
    default:
      fillUniform(out, 1 / Math.sqrt(out.length), start);
  }
}

/** Marsaglia's xorshift with 32 bits (Journal of Statistical Software 8, 2003). */
function fillUniform(out: Float32Array, bound: number, start: number): void {
  const scale = bound / 2 ** 31;
  let x = start;
  for (let i = 0; i < out.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    out[i] = x * scale;
  }
}

/** A start that is not 0. */
function mix(seed: number, { layer = -1, field }: WeightPlace, row: number): number {
  let hash = seed | 0;
  for (const part of [layer, row, ...Array.from(field, (letter) => letter.charCodeAt(0))]) {
    hash = Math.imul(hash ^ part, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash | 1;
}
