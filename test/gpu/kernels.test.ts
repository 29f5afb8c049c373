/**
 * GpuKernels on headless-gl: every operation of the suite that is no Backend operation within its bound, what is refused,
 * and that nothing stays on the device.
 */
import { describe, expect, test } from 'vitest';
import { UnsupportedError } from '../../src/engine/errors.ts';
import { createGpuTarget } from '../../src/oracle/gpu-target.ts';
import { inputOf } from '../../src/oracle/operations/selective-scan.ts';
import type { Problems } from '../../src/oracle/operations.ts';
import { problemOf } from '../../src/oracle/operations.ts';
import { runSuite } from '../../src/oracle/suite.ts';
import type { Target } from '../../src/oracle/target.ts';
import { expectIdentical } from '../compare.ts';
import { complexInput, zeroInput } from '../wasm/kernel-problems.ts';
import { countTextures, expectHeadless, open, openHeadless } from './headless.ts';
import { exact, rough } from './recurrences.ts';

const opened = await openHeadless();

const operations = [
  ...(['exp', 'softplus', 'silu', 'sigmoid', 'discretize'] as const),
  ...(['scanSequential', 'scanBlelloch', 'scanChunked', 'selectiveScanUnfused'] as const),
];
const seeds = 100;

describe.each(opened)('headlessgl', (headless) => {
  const { backend, kernels } = headless;
  const target = createGpuTarget(backend, kernels);

  for (const operation of operations) {
    test(`${operation} of seeds 0 … 99 stays within its bound`, async ({ task }) => {
      task.meta.availability = { backend: backend.name, operation, cases: seeds };
      const [row] = await runSuite(target, { seeds, operations: [operation] });
      expect(row).toMatchObject({ cases: seeds, failures: [], absent: [] });
    });
  }

  test('the fused selectiveScan of plain arrays stays within the bound of the suite', async () => {
    const run = async (_: unknown, problem: Problems['selectiveScan']) => ({
      ...(await kernels.selectiveScan(inputOf(problem))),
    });
    const arrays = { ...target, run: run as Target['run'] };
    const [row] = await runSuite(arrays, { seeds, operations: ['selectiveScan'] });
    expect(row).toMatchObject({ cases: seeds, failures: [], absent: [] });
  });

  test('sizes of 0 give empty results, and states as they were', async () => {
    const none = new Float32Array();
    expect(await kernels.exp(none)).toEqual(none);
    expect(await kernels.discretize({ rule: 'zoh', delta: none, A: none, B: none })).toEqual({
      aBar: none,
      bBar: none,
    });
    for (const [seqLen, channels] of [
      [0, 0],
      [0, 3],
      [3, 0],
    ] as const) {
      const recurrence = exact({ seqLen, channels, seed: 1 });
      expect(await kernels.scanSequential(recurrence)).toEqual(none);
      expect(await kernels.scanBlelloch(recurrence)).toEqual(none);
      expect(await kernels.scanChunked({ ...recurrence, chunk: 2 })).toEqual(none);
    }
    const states = Float32Array.of(1, 2, 3, 4);
    const empty = { ...zeroInput(), seqLen: 0, x: none, delta: none, B: none, C: none, h0: states };
    for (const scan of ['selectiveScan', 'selectiveScanUnfused'] as const) {
      expect(await kernels[scan](empty)).toEqual({ y: none, hLast: states });
      const noStates = { ...zeroInput(), dState: 0, A: none, B: none, C: none, D: Float32Array.of(1, 1) };
      expect((await kernels[scan](noStates)).y).toEqual(noStates.x);
    }
  });

  test('wrong lengths, sizes and rules are refused by name', async () => {
    const recurrence = rough({ seqLen: 3, channels: 2, seed: 1 });
    await expect(kernels.scanBlelloch({ ...recurrence, b: new Float32Array(5) })).rejects.toThrow(
      new RangeError('"b" expected length 6 (seqLen 3 × channels 2), got 5'),
    );
    await expect(kernels.scanChunked({ ...recurrence, chunk: Number.NaN })).rejects.toThrow(
      new RangeError('"chunk" expected an integer ≥ 1, got NaN'),
    );
    const [delta, A, B] = [new Float32Array(2), new Float32Array(2), new Float32Array(2)];
    await expect(kernels.discretize({ rule: 'toString' as 'zoh', delta, A, B })).rejects.toThrow(
      new RangeError('"rule" expected zoh, bilinear, euler, mamba, got toString'),
    );
    await expect(kernels.discretize({ rule: 'zoh', delta, A, B: new Float32Array(3) })).rejects.toThrow(
      new RangeError('"B" expected length 2 (delta 2), got 3'),
    );
    await expect(kernels.selectiveScanUnfused({ ...zeroInput(), x: new Float32Array(5) })).rejects.toThrow(
      new RangeError('"x" expected length 6 (seqLen 3 × dInner 2), got 5'),
    );
  });

  test.each(['selectiveScan', 'selectiveScanUnfused'] as const)(
    '%s has no complex A and no constant B or C',
    async (scan) => {
      const refused = async (input: Parameters<typeof kernels.selectiveScan>[0], what: string) =>
        expect(kernels[scan](input)).rejects.toThrow(
          new UnsupportedError(`${scan}: the GPU's kernels have no ${what}`),
        );
      await refused(complexInput(), 'complex A');
      await refused({ ...zeroInput(), constantB: true, B: new Float32Array(4) }, 'constant B');
      await refused({ ...zeroInput(), constantC: true, C: new Float32Array(4) }, 'constant C');
    },
  );

  test('operands stay as they were, and one call does not know the others', async () => {
    const recurrence = rough({ seqLen: 9, channels: 2, seed: 5 });
    const copy = structuredClone(recurrence);
    const together = await Promise.all([kernels.scanBlelloch(recurrence), kernels.exp(recurrence.a)]);
    expect(recurrence).toEqual(copy);
    expectIdentical(together[0], await kernels.scanBlelloch(recurrence));
    expectIdentical(together[1], await kernels.exp(recurrence.a));
  });

  test('nothing stays on the device', async () => {
    const living = countTextures(headless);
    const input = inputOf(problemOf('selectiveScanUnfused', 5, 20));
    const all = async () => {
      const recurrence = rough({ seqLen: 40, channels: 3, seed: 5 });
      await kernels.scanSequential(recurrence);
      await kernels.scanBlelloch(recurrence);
      await kernels.scanChunked({ ...recurrence, chunk: 8 });
      await kernels.discretize({ rule: 'zoh', delta: recurrence.a, A: recurrence.a, B: recurrence.b });
      await kernels.selectiveScan(input);
      await kernels.selectiveScanUnfused(input);
    };
    await all(); // a kernel keeps a texture of its own
    const before = living();
    await all();
    expect(living()).toBe(before);
  });

  test('results and cells of more than 2²⁴ numbers, whose places a shader confuses, are refused', () => {
    const { machine } = headless;
    const most = 2 ** 24;
    expect(() =>
      machine.trace(
        () => machine.call('exp', [most + 1], machine.nothing()),
        () => {},
      ),
    ).toThrow('exp expected at most 16777216 numbers in a cell, whose places float32 tells apart, got 16777217');
    const large = machine.placeholder([most + 1]);
    expect(() => machine.call('exp', [1], large)).toThrow('got 16777217');
    const matrix = machine.placeholder([most, 2]);
    expect(() =>
      machine.trace(
        () => machine.call('embed', [1], matrix, large, large, 2, 0, 1),
        () => {},
      ),
    ).toThrow('embed');
    const steps = machine.trace(
      () => machine.call('linearPartial', [1], matrix, machine.nothing(), 2, 0, 2, 1),
      () => {},
    );
    expect(steps.length).toBe(1);
  });

  test('what finds no room on the device is refused, and nothing of it stays there', async () => {
    const small = await open({ maxTextureSize: 64 });
    const living = countTextures(small);
    const recurrence = rough({ seqLen: 1025, channels: 2, seed: 5 });
    const refused = expect(small.kernels.scanBlelloch(recurrence)).rejects;
    await refused.toThrow('scanLeaves expected at most 4032 numbers in a result, got 8192');
    const before = living();
    await expect(small.kernels.scanBlelloch(recurrence)).rejects.toThrow(UnsupportedError);
    expect(living()).toBe(before);
    expectIdentical(
      await small.kernels.scanChunked({ ...recurrence, chunk: 8 }),
      await kernels.scanChunked({ ...recurrence, chunk: 8 }),
    );
    small.backend.dispose();
  });

  test('all of it ran on headless-gl', () => expectHeadless(headless));
});
