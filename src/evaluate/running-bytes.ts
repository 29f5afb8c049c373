/**
 * What a model occupies while it reads and writes: its weights, what it remembers of each sequence, the numbers in between.
 */
import type { AttentionMethod, WeightDtype } from '../engine/backend.ts';
import { headBytes } from '../engine/head.ts';
import { modelBytes } from '../engine/memory-plan.ts';
import { architectureOf } from '../engine/model-architecture.ts';
import { layerStateBytes } from '../engine/resident-bytes.ts';
import { rowsOfChunk } from '../engine/turns.ts';
import type { ModelShape } from './model-shape.ts';
import { mostTokens } from './model-shape.ts';

/** Most rows of a chunk on the WASM backend. */
const chunkRows = 512;

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
 * keeps it. Our engine has room for a whole text from the start.
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

/** How many texts, how long, and how a Transformer attends to them; Mamba does not ask. */
export interface Load {
  readonly sequences: number;
  /** Of one text, prompt and continuation. */
  readonly tokens: number;
  /** Default `eager`. */
  readonly attention?: AttentionMethod | undefined;
}

/** Bytes of a chunk's activations (the scores of eager attention among them) and of the logits. */
export function workBytes(shape: ModelShape, load: Load): number {
  const architecture = architectureOf(shape.config, attentionOf(shape, load));
  const rows = Math.max(load.sequences, rowsOfChunk(architecture, chunkRows));
  return architecture.activationBytes(rows) + headBytes(architecture, load.sequences);
}

/** Bytes of all of it: weights, the memory of every sequence, activations and logits. */
export function runningBytes(shape: ModelShape, dtype: WeightDtype, load: Load): number {
  const { sequences } = load;
  const room = { freeBytes: Number.POSITIVE_INFINITY, sequences, chunkRows, ...attentionOf(shape, load) };
  return modelBytes(shape.config, dtype, room);
}

/** A text beyond the positions is refused before anything is opened; here it counts as one that fills them. */
function attentionOf(shape: ModelShape, { attention, tokens }: Load) {
  return { attention, positions: shape.kind === 'mamba' ? undefined : Math.min(tokens, mostTokens(shape)) };
}
