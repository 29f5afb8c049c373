/**
 * What a process takes that measures a model: the model, what JavaScript holds of its logits, Node itself.
 */
import type { WeightDtype } from '../engine/backend.ts';
import { repeats } from './evaluation.ts';
import type { ModelShape } from './model-shape.ts';
import type { Load } from './running-bytes.ts';
import { runningBytes } from './running-bytes.ts';

/**
 * Bytes of a process beside the model and its logits: Node, its code, what is held while loading (measured beyond
 * {@link runningBytes} with random weights of 130m and gpt-neo-125m, f32 and q8_0, batches 1 to 64: 115 to 158 MB from the
 * sources, which tsx translates, 71 to 107 MB compiled). Rather too much than a machine that swaps.
 */
export const processBytes = 170e6;

/**
 * Arrays that nobody holds any more stay for a while: V8 begins to collect at 64 MiB of memory outside its heap, and does
 * that beside the program (measured with a GPT-Neo of 1.7 million parameters and 50,257 tokens, batches 16 to 1,024: up to
 * 242 MB beyond {@link runningBytes} and two tokens' logits, from the sources on two busy cores).
 */
const mostGarbage = 96 * 2 ** 20;

/**
 * Bytes of logits in JavaScript, float32: those of this token, those of the one before, and older ones not yet collected.
 *
 *   2·L + min(96 MiB, L·tokens·runs),   L = 4·sequences·vocabSize
 */
export function logitCopyBytes({ config }: ModelShape, { sequences, tokens }: Load): number {
  const logits = 4 * sequences * config.vocabSize;
  return 2 * logits + Math.min(mostGarbage, logits * tokens * (1 + repeats));
}

/** Bytes of the whole process: what a sweep expects of a point, and what `estimate` fills a memory with. */
export function neededBytes(shape: ModelShape, dtype: WeightDtype, load: Load): number {
  return runningBytes(shape, dtype, load) + logitCopyBytes(shape, load) + processBytes;
}
