/**
 * What an implementation with a known mistake would give for a case.
 */
import { toFloat16 } from '../rounding.ts';
import { numbersOf } from '../vectors/compare-case.ts';
import type { VectorCase, VectorOperation } from '../vectors/vector-case.ts';
import type { CaseReader, Outputs } from './case-reader.ts';
import { readerOf } from './case-reader.ts';
import type { FittedCase } from './fit.ts';
import type { MistakeName } from './mistakes.ts';
import { naiveBackward } from './naive-backward.ts';
import { naiveBlock, naiveModel, otherEps } from './naive-block.ts';
import { convOf, naiveConv } from './naive-conv.ts';
import { naiveDiscretize } from './naive-discretize.ts';
import { naiveRecurrence } from './naive-recurrence.ts';
import { naiveScan, scanOf } from './naive-scan.ts';

import { bitsOf, firstLoss } from './narrow.ts';

type Program = (reader: CaseReader, mistake?: MistakeName, variant?: number) => Outputs;

const programs: { readonly [O in VectorOperation]?: Program } = {
  discretize: naiveDiscretize,
  scan: naiveRecurrence,
  selectiveScan: (reader, mistake, variant) => naiveScan(scanOf(reader, variant), mistake),
  selectiveScanBackward: naiveBackward,
  causalConv1d: (reader, mistake) => naiveConv(convOf(reader), mistake),
  block: naiveBlock,
  model: naiveModel,
};

/** Chunk lengths that are tried, since a wrong result does not say its own. */
const chunkLengths = [2, 3, 4, 7, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Where gradients by what was read in a wrong place may lie: there, or where they belong. */
const misread: readonly MistakeName[] = [
  'groups tiled',
  'the first group for all',
  'B transposed',
  'B of the token before',
];

/**
 * The variants of a mistake: chunk lengths, an exp in Ā alone or everywhere, states, operands or results flushed, as many bits as the
 * states that were given have (rounded, or below 0 cut off); one for all others.
 */
export function variantsOf(mistake: MistakeName, failing: readonly FittedCase[] = []): readonly number[] {
  const backward = failing[0]?.case.operation === 'selectiveScanBackward';
  if (mistake === 'state kept in few bits') {
    const bits = backward ? tf32 : stateBits(failing);
    return bits >= 9 && bits <= 23 ? [bits, -bits] : [];
  }
  // dH runs on as the states do.
  if (backward && (misread.includes(mistake) || mistake === 'state not reset between sequences')) return [1, 2];
  if (mistake === 'state kept in float16' && !backward && isBeyondFloat16(failing)) return [];
  if (twofold.includes(mistake)) return [1, 2];
  // In the gradients φ + ΔA·φ′ may be exp(ΔA), or be summed with a φ′ that is a difference too, or that is right.
  if (backward && mistake === 'expm1 as exp − 1') return [1, 2, 3].map(firstLoss);
  if (mistake === 'denormals flushed to zero') return [1, 2, 3];
  if (mistake === 'exp in float16') return [1, 2, 3, 4];
  if (mistake.startsWith('another eps')) return otherEps;
  return mistake.startsWith('a chunk') ? chunkLengths : [1];
}

/** Mistakes with a second form, whatever operation shows them. */
const twofold: readonly MistakeName[] = [
  'state kept in float16',
  'state kept in bfloat16',
  'a constant’s gradient of one token only',
  'residual added twice',
  'exp biased',
];

/** Bits of a float16 and of TF32: what is tried where no states are given. */
const tf32 = 11;

/** What a variant is called where it says more than the mistake. */
export function variantText(mistake: MistakeName, variant: number): string | undefined {
  if (mistake.startsWith('a chunk')) return `chunks of ${variant}`;
  if (mistake.startsWith('another eps')) return String(variant);
  if (mistake === 'exp in float16' && variant > 2) return 'its argument too';
  if (mistake === 'residual added twice' && variant === 2) return 'that is, the block’s output';
  if (mistake !== 'state kept in few bits') return undefined;
  const how = variant < 0 ? 'cut off' : 'rounded';
  return `${how} to ${Math.abs(variant)} bits${Math.abs(variant) === tf32 ? ', as TF32 has' : ''}`;
}

/** The most significant bits that any state has among what was given: 24 for float32, 0 where there are no states. */
function stateBits(failing: readonly FittedCase[]): number {
  return statesOf(failing).reduce((most, state) => Math.max(most, bitsOf(state)), 0);
}

/** Whether the states have no more bits than a float16, but some are too small or too large for one: TF32 has such. */
function isBeyondFloat16(failing: readonly FittedCase[]): boolean {
  const states = statesOf(failing);
  return states.some((state) => toFloat16(state) !== state) && states.every((state) => bitsOf(state) <= tf32);
}

/** The states that were given, where they are finite. */
function statesOf(failing: readonly FittedCase[]): readonly number[] {
  return failing.flatMap(({ given }) => {
    const states = numbersOf(given.hLast ?? given.h);
    return states === undefined || typeof states === 'string' ? [] : Array.from(states.data).filter(Number.isFinite);
  });
}

/**
 * @param mistake none for what is right
 * @returns the outputs by name, or undefined where no program knows the operation
 */
export function predict(one: VectorCase, mistake?: MistakeName, variant = 1): Outputs | undefined {
  return programs[one.operation]?.(readerOf(one), mistake, variant);
}
