/**
 * What a model takes, from its config alone: parameters, bytes, arithmetic, and the batch at which a memory ends.
 */
import type { WeightDtype } from '../engine/backend.ts';
import { weightDtypes } from '../engine/resident-bytes.ts';
import { flopsPerToken } from './flops.ts';
import type { ModelShape } from './model-shape.ts';
import { mostTokens } from './model-shape.ts';
import { neededBytes } from './needed-bytes.ts';
import { memoryBytes, memoryOfSequence, workBytes } from './running-bytes.ts';
import { parametersOf, residentWeightBytes } from './weight-bytes.ts';

export interface EstimateOptions {
  /** Bytes that there are. */
  readonly memory: number;
  readonly promptLength: number;
  readonly genLength: number;
}

export interface Estimate {
  readonly kind: ModelShape['kind'];
  readonly parameters: number;
  readonly weightBytes: Readonly<Record<WeightDtype, number>>;
  /** Bytes a sequence remembers whatever its length (Mamba's state). */
  readonly stateBytesPerSequence: number;
  /** Bytes a sequence remembers for each of its tokens (a Transformer's keys and values). */
  readonly kvBytesPerToken: number;
  /** Both together at promptLength + genLength tokens. */
  readonly memoryBytesPerSequence: number;
  /** Of one sequence: a chunk's activations (of a Transformer with eager attention: the scores too), and logits. */
  readonly activationBytes: number;
  readonly flopsFirstToken: number;
  /** At the end of promptLength + genLength tokens. */
  readonly flopsLastToken: number;
  /** The longest text; null where there is no end. */
  readonly mostTokens: number | null;
  /** Whether promptLength + genLength tokens are more than that: then the bytes and FLOPs are of a text that cannot be. */
  readonly outOfContext: boolean;
  readonly memory: number;
  readonly promptLength: number;
  readonly genLength: number;
  /** The largest batch that fits, 0 where not even one sequence does; null where no text is that long. */
  readonly largestBatch: Readonly<Record<WeightDtype, number | null>>;
}

export function estimateOf(shape: ModelShape, options: EstimateOptions): Estimate {
  const { memory, promptLength, genLength } = options;
  const tokens = promptLength + genLength;
  const { fixed, perToken } = memoryOfSequence(shape);
  const longest = mostTokens(shape);
  const fits = tokens <= longest;
  return {
    kind: shape.kind,
    parameters: parametersOf(shape),
    weightBytes: byDtype((dtype) => residentWeightBytes(shape, dtype)),
    stateBytesPerSequence: fixed,
    kvBytesPerToken: perToken,
    memoryBytesPerSequence: memoryBytes(shape, tokens),
    activationBytes: workBytes(shape, { sequences: 1, tokens }),
    flopsFirstToken: flopsPerToken(shape, 0),
    flopsLastToken: flopsPerToken(shape, Math.max(0, tokens - 1)),
    mostTokens: Number.isFinite(longest) ? longest : null,
    outOfContext: !fits,
    ...{ memory, promptLength, genLength },
    largestBatch: byDtype((dtype) => (fits ? largestBatch(shape, dtype, memory, tokens) : null)),
  };
}

/** The largest number of sequences that a process of so many bytes measures: bytes grow with every sequence, so halving finds it. */
export function largestBatch(shape: ModelShape, dtype: WeightDtype, memory: number, tokens: number): number {
  const fits = (batch: number) => neededBytes(shape, dtype, { sequences: batch, tokens }) <= memory;
  if (!fits(1)) return 0;
  let most = 1;
  while (fits(2 * most)) most *= 2;
  let tooMany = 2 * most;
  while (tooMany - most > 1) {
    const middle = Math.floor((most + tooMany) / 2);
    if (fits(middle)) most = middle;
    else tooMany = middle;
  }
  return most;
}

function byDtype<T>(of: (dtype: WeightDtype) => T): Readonly<Record<WeightDtype, T>> {
  return Object.fromEntries(weightDtypes.map((dtype) => [dtype, of(dtype)])) as Record<WeightDtype, T>;
}
