/**
 * What a model occupies beyond its weights while it reads and writes: what it remembers of each sequence, and the numbers
 * in between.
 */
import { headBytes } from '../engine/head.ts';
import { activationBytes, layerStateBytes } from '../engine/resident-bytes.ts';
import { rowsOfChunk } from '../engine/turns.ts';
import type { ModelShape } from './model-shape.ts';

/** Most rows of a chunk on the WASM backend. */
export const chunkRows = 512;
/** Rows of logits a head keeps at least. */
const headRows = 32;

/** What one sequence makes a model remember, in float32. */
export interface Memory {
  /** Bytes that do not depend on the text: Mamba's convState and h. */
  readonly fixed: number;
  /** Bytes for each token of the text: the Transformer's keys and values. */
  readonly perToken: number;
}

/**
 *   Mamba    fixed    = 4·nLayer·dInner·(dConv − 1 + dState),  nothing a token
 *   GPT-Neo  perToken = 4·nLayer·2·hiddenSize,                 nothing fixed
 *
 * Bytes of float32. Local layers look at the last windowSize tokens only, but the whole cache is kept, as transformers
 * keeps it.
 */
export function memoryOfSequence(shape: ModelShape): Memory {
  if (shape.kind === 'mamba') return { fixed: shape.config.nLayer * layerStateBytes(shape.config), perToken: 0 };
  const { nLayer, hiddenSize } = shape.config;
  return { fixed: 0, perToken: 4 * nLayer * 2 * hiddenSize };
}

/** Bytes that `tokens` tokens of one sequence leave behind. */
export function memoryBytes(shape: ModelShape, tokens: number): number {
  const { fixed, perToken } = memoryOfSequence(shape);
  return fixed + tokens * perToken;
}

/** Bytes of a chunk's activations and of the logits, for so many sequences side by side. */
export function workBytes(shape: ModelShape, sequences: number): number {
  if (shape.kind === 'mamba') {
    const rows = Math.max(sequences, rowsOfChunk(shape.config, chunkRows));
    return activationBytes(shape.config, rows) + headBytes(shape.config, sequences);
  }
  const { hiddenSize: h, intermediateSize, vocabSize } = shape.config;
  // The residual stream and its norm; q, k, v and their sum; the inside of the MLP. Attention's scores are a tile.
  const perRow = 2 * h + 4 * h + intermediateSize;
  const logits = Math.max(sequences, headRows) * (1 + h + vocabSize + 2);
  return 4 * (Math.max(sequences, chunkRows) * perRow + logits);
}
