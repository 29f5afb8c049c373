/**
 * What an implementation with a known mistake would give for a case.
 */
import type { VectorCase, VectorOperation } from '../vectors/vector-case.ts';
import type { CaseReader, Outputs } from './case-reader.ts';
import { readerOf } from './case-reader.ts';
import type { MistakeName } from './mistakes.ts';
import { naiveBackward } from './naive-backward.ts';
import { naiveBlock, naiveModel } from './naive-block.ts';
import { naiveRecurrence } from './naive-recurrence.ts';
import { naiveScan, scanOf } from './naive-scan.ts';
import { convOf, naiveConv, naiveDiscretize } from './naive-small.ts';

type Program = (reader: CaseReader, mistake?: MistakeName, variant?: number) => Outputs;

const programs: { readonly [O in VectorOperation]?: Program } = {
  discretize: naiveDiscretize,
  scan: naiveRecurrence,
  selectiveScan: (reader, mistake, variant) => naiveScan(scanOf(reader, variant === 2), mistake),
  selectiveScanBackward: naiveBackward,
  causalConv1d: (reader, mistake) => naiveConv(convOf(reader), mistake),
  block: naiveBlock,
  model: naiveModel,
};

/** Chunk lengths that are tried, since a wrong result does not say its own. */
const chunkLengths = [2, 3, 4, 7, 8, 16, 32, 64, 128, 256, 512, 1024];

/** The variants of a mistake: chunk lengths, an exp in Ā alone or everywhere, one for all others. */
export function variantsOf(mistake: MistakeName): readonly number[] {
  if (mistake.startsWith('exp ')) return [1, 2];
  return mistake.startsWith('a chunk') ? chunkLengths : [1];
}

/**
 * @param mistake none for what is right
 * @returns the outputs by name, or undefined where no program knows the operation
 */
export function predict(one: VectorCase, mistake?: MistakeName, variant = 1): Outputs | undefined {
  return programs[one.operation]?.(readerOf(one), mistake, variant);
}
