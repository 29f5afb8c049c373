/**
 * The memory that the blog's script reports (`mamba_transformer_evaluation.py`, torch.cuda.max_memory_allocated on an
 * MI210), from the configs alone. This is the accounting of those programs in float16; ours is in estimate.ts.
 *
 * Source: ROCm blogs, "Mamba on AMD GPUs with ROCm", the output of its sweep over batch sizes.
 */
import type { ModelShape } from './model-shape.ts';
import { parametersOf } from './weight-bytes.ts';

/** How much the script is asked for: rows, tokens of a prompt, tokens generated. */
export interface ScriptRun {
  readonly batch: number;
  readonly promptLength: number;
  readonly genLength: number;
}

/** The capacity of the blog's MI210 as PyTorch names it: 63.98 GiB. */
export const blogCapacity = 63.98 * 2 ** 30;

/** The batch sizes of the blog's sweep. */
export const blogBatches: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128];

/** What the sweep runs: 1,024 tokens and 1,024 more. */
export const blogLengths = { promptLength: 1024, genLength: 1024 } as const;

/**
 * FITTED, not derived: 112 MiB that Mamba's process holds besides (allocator, workspace). Any value from 82 to 142 MiB
 * makes all eight printed numbers right; without it the one at batch 16 reads 8 instead of 9.
 */
export const fittedMambaBytes = 112 * 2 ** 20;

const half = 2; // bytes of a float16

/**
 * Bytes at the peak, as the script's programs allocate them.
 *
 *   Mamba    2·parameters + 2·B·nLayer·I·(W + N) + 2·(G·B·V·2) + fitted
 *            weights        states                 scores of every token, kept, and once more when they are put together
 *   GPT-Neo  2·parameters + nLayer·P_max² + 3·KV,   KV = 2·B·nLayer·2·h·(P + G − 1)
 *            weights        boolean causal masks    the cache as kept, and old and new while they are put together
 *
 * with B = batch, P = promptLength, G = genLength, V = vocabSize, I = dInner, W = dConv, N = dState, P_max = maxPositions.
 * The last token generated is never read, hence P + G − 1.
 */
export function scriptBytes(shape: ModelShape, { batch, promptLength, genLength }: ScriptRun): number {
  const weights = half * parametersOf(shape);
  if (shape.kind === 'mamba') {
    const { nLayer, dInner, dConv, dState, vocabSize } = shape.config;
    const states = half * batch * nLayer * dInner * (dConv + dState);
    return weights + states + 2 * (genLength * batch * vocabSize * half) + fittedMambaBytes;
  }
  const { nLayer, hiddenSize, maxPositions } = shape.config;
  const cache = half * batch * nLayer * 2 * hiddenSize * (promptLength + genLength - 1);
  return weights + nLayer * maxPositions ** 2 + 3 * cache;
}

/** The number that the script prints: GiB, rounded, called GB. */
export function scriptGigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(0);
}

/** One line of the blog's memory column: the printed number, or why there is none. */
export interface BlogRow {
  readonly batch: number;
  readonly bytes: number;
  readonly outcome: 'fits' | 'out of memory' | 'out of context';
}

/** @param capacity of the card, in bytes */
export function blogRow(shape: ModelShape, run: ScriptRun, capacity: number): BlogRow {
  const bytes = scriptBytes(shape, run);
  const tooLong = shape.kind === 'gpt-neo' && run.promptLength + run.genLength > shape.config.maxPositions;
  const outcome = tooLong ? 'out of context' : bytes <= capacity ? 'fits' : 'out of memory';
  return { batch: run.batch, bytes, outcome };
}
