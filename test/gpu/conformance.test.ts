/**
 * The one conformance suite on every GPU backend: every operation within its bound, on sizes as the suite draws them and on
 * results around the borders of a texture's rows. Seeds go from FC_SEED (0) on, until FC_RUNS (100) problems have run.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { conformAll, conformSome, noteOf } from './conform-all.ts';
import { closeModes, modesUnderTest } from './modes-under-test.ts';
import { borderSizes, gpuOperations } from './page/sized-problems.ts';

const runs = Number(process.env.FC_RUNS ?? 100);
const from = Number(process.env.FC_SEED ?? 0);
/** A tenth of a second a problem, where nobody else computes. */
const patience = Math.max(300_000, 1000 * runs);

const modes = await modesUnderTest();
afterAll(() => closeModes(modes));

describe.each(modes)('$mode', ({ mode, place, missing }) => {
  for (const operation of gpuOperations) {
    test(
      `${operation} stays within its bound, and writes nothing but its result`,
      async ({ task, skip }) => {
        if (place === undefined) {
          task.meta.availability = { backend: mode, operation, cases: 0, absent: missing! };
          return skip(missing);
        }
        const conformed = await conformAll(place, { mode }, operation, { from, runs });
        task.meta.availability = noteOf(conformed, operation);
      },
      patience,
    );

    test(
      `${operation} with n² − 1, n², n² + 1 and n·(n + 1) results, too`,
      async ({ task, skip }) => {
        if (place === undefined) return skip(missing);
        const sizes = borderSizes(operation);
        const conformed = await conformSome(place, { open: { mode }, operation, from, to: from + sizes.length, sizes });
        expect(conformed.cases).toBe(sizes.length);
        task.meta.availability = noteOf(conformed, operation);
      },
      patience,
    );
  }

  for (const operation of ['embedAdd', 'layerNorm', 'gelu', 'attention'] as const) {
    test(`${operation} is a dash: what a Transformer needs has no kernel on GPUs`, ({ task, skip }) => {
      const absent = missing ?? `"${operation}" has no kernel on GPUs`;
      task.meta.availability = { backend: mode, operation, cases: 0, absent };
      if (missing !== undefined) skip(missing);
    });
  }

  test('selectiveScanBackward is a dash: a GPU computes forward only', ({ task, skip }) => {
    const absent = missing ?? 'selectiveScanBackward: forward only';
    task.meta.availability = { backend: mode, operation: 'selectiveScanBackward', cases: 0, absent };
    if (missing !== undefined) skip(missing);
  });
});
