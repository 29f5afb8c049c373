/**
 * What the tests ask of a place that computes: called by name, with arguments and answers that JSON holds. The same
 * functions run in Node, on headless-gl, and in a page.
 */
import type { GpuMode } from '../../../gpu/modes.ts';
import { conform } from './conform.ts';
import { draw } from './draws.ts';
import { generateBothWays, readEmbedded, writeAhead } from './embedded.ts';
import { largestCells } from './largest-cells.ts';
import { lose } from './lose.ts';
import { closeAll, openOnce } from './open.ts';
import { comparePlan, planOfNaN } from './plans.ts';
import { openWithout, refuseMatrix } from './refusals.ts';
import { runAllVariants } from './run-variants.ts';
import { readSmallModels } from './small-models.ts';

/** @throws UnsupportedError where the mode is missing */
async function expectBackend(mode: GpuMode): Promise<void> {
  await openOnce({ mode });
}

export const calls = {
  ...{ closeAll, expectBackend, conform, largestCells },
  ...{ readSmallModels, readEmbedded, writeAhead, generateBothWays, comparePlan, planOfNaN, draw },
  ...{ runAllVariants, lose, openWithout, refuseMatrix },
};
