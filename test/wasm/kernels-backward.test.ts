/**
 * Laws of the backward kernel that need no bound: bits, exact zeros, what is refused. How exact the gradients are is
 * judged in conformance.test.ts.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { UnsupportedError } from '../../src/engine/errors.ts';
import type { SelectiveScanGradients } from '../../src/reference/selective-scan-backward.ts';
import { selectiveScanBackward } from '../../src/reference/selective-scan-backward.ts';
import type { WasmKernels } from '../../src/wasm/kernels.ts';
import type { KernelGradients } from '../../src/wasm/selective-scan-backward-kernel.ts';
import { expectIdentical, largest } from '../compare.ts';
import { atMost } from '../reference/runs.ts';
import type { ScanProblem } from './kernel-problems.ts';
import { complexInput, kernelsUnderTest, scanProblems, sequencesOf, twoThreads, zeroInput } from './kernel-problems.ts';

const under = await kernelsUnderTest();
const two = await twoThreads();
afterAll(() => {
  for (const one of [...under, two]) one.dispose();
});

const names = [
  ...(['dX', 'dDelta', 'dZ', 'dH0', 'dA', 'dD', 'dDeltaBias'] as const),
  ...(['dB', 'dC'] as const),
] satisfies readonly (keyof SelectiveScanGradients)[];
const problems = scanProblems({ discretization: 'mamba' });

function run(kernels: WasmKernels, { input, dY, dHLast, chunk }: ScanProblem): Promise<KernelGradients> {
  return kernels.selectiveScanBackward(input, { dY, dHLast }, chunk);
}

function expectSame(actual: KernelGradients, expected: KernelGradients): void {
  for (const name of names) expectIdentical(actual[name], expected[name], name);
}

describe.each(under)('$name', ({ kernels, resident }) => {
  test('the length of a chunk changes no bit: 1, any, all tokens, and the default; what was taken is freed', async () => {
    const before = resident();
    await fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const { input, dY, dHLast } = problem;
        const whole = await run(kernels, { ...problem, chunk: 1000 });
        expectSame(await run(kernels, { ...problem, chunk: 1 }), whole);
        expectSame(await run(kernels, problem), whole);
        expectSame(await kernels.selectiveScanBackward(input, { dY, dHLast }), whole);
        expect(resident()).toBe(before);
      }),
      atMost(200),
    );
  });

  test('gradients are linear in (dY, dHLast): doubling both doubles them bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const double = <T extends Float64Array | undefined>(v: T) => v?.map((one) => 2 * one) as T;
        const once = await run(kernels, problem);
        const twice = await run(kernels, { ...problem, dY: double(problem.dY), dHLast: double(problem.dHLast) });
        for (const name of names) {
          expectIdentical(
            twice[name],
            once[name].map((v) => 2 * v),
            name,
          );
        }
      }),
      atMost(200),
    );
  });

  test('packed equals a loop over the sequences, bit for bit, in all they do not share', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const packed = await run(kernels, problem);
        const { constantB, constantC } = problem.input;
        const shared = ['dA', 'dD', 'dDeltaBias', constantB && 'dB', constantC && 'dC'];
        const alone: KernelGradients[] = [];
        for (const one of sequencesOf(problem)) alone.push(await run(kernels, one));
        for (const name of names.filter((one) => !shared.includes(one))) {
          expectIdentical(
            packed[name],
            alone.flatMap((part) => Array.from(part[name])),
            name,
          );
        }
      }),
      atMost(200),
    );
  });

  test('anti-causality: what changes in dY at token t leaves every dX, dDelta and dZ after t', async () => {
    await fc.assert(
      fc.asyncProperty(problems, fc.nat(), async (problem, pick) => {
        const after = (1 + (pick % (problem.input.seqLen + 1))) * problem.input.dInner;
        const dY = problem.dY.map((v, i) => (i < after ? v + 1 : v));
        const [before, changed] = [await run(kernels, problem), await run(kernels, { ...problem, dY })];
        for (const name of ['dX', 'dDelta', 'dZ'] as const) {
          expectIdentical(changed[name].subarray(after), before[name].subarray(after), name);
        }
      }),
      atMost(200),
    );
  });

  test('an infinite dY reaches what it reaches in the reference, and no other number becomes NaN', async () => {
    const kind = (v: number) => (Number.isFinite(v) ? 'finite' : String(v));
    await fc.assert(
      fc.asyncProperty(problems, fc.nat(), async (problem, pick) => {
        const dY = problem.dY.map((v, i) => (i === pick % problem.dY.length ? Infinity : v));
        const actual = await run(kernels, { ...problem, dY });
        const expected = selectiveScanBackward(problem.input, { ...problem, dY });
        for (const name of names) {
          expect(Array.from(actual[name], kind), name).toEqual(Array.from(expected[name], kind));
        }
      }),
      atMost(200),
    );
  });

  test('no token: dH0 is dHLast, all else is zero or empty', async () => {
    const none = new Float64Array(0);
    const empty = { seqLen: 0, dInner: 1, dState: 2, x: none, delta: none, B: none, C: none };
    const input = { ...empty, A: Float64Array.of(-1, -2) };
    const gradients = await kernels.selectiveScanBackward(input, { dY: none, dHLast: Float64Array.of(3, 4) });
    expectIdentical(gradients.dH0, [3, 4]);
    for (const name of names) if (name !== 'dH0') expect(largest(gradients[name]), name).toBe(0);
  });
});

test('h0 and dHLast left out are zeros, bit for bit', async () => {
  const { kernels } = under[0]!;
  await fc.assert(
    fc.asyncProperty(problems, async (problem) => {
      const { input } = problem;
      const zeros = new Float64Array((input.cuSeqlens!.length - 1) * input.dInner * input.dState);
      const without = { ...problem, input: { ...input, h0: undefined }, dHLast: undefined };
      const given = { ...problem, input: { ...input, h0: zeros }, dHLast: zeros };
      expectSame(await run(kernels, without), await run(kernels, given));
    }),
  );
});

test('two threads give the bits of one', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async (problem) => {
      expectSame(await run(two.kernels, problem), await run(under[0]!.kernels, problem));
    }),
  );
});

test('a chunk that is no integer ≥ 1, a wrong dY, zero-order hold and a complex A are refused', async () => {
  const { kernels } = under[0]!;
  const input = zeroInput();
  const upstream = { dY: new Float32Array(6) };
  for (const chunk of [0, -1, 1.5, Number.NaN]) {
    const error = new RangeError(`"chunk" expected an integer ≥ 1, got ${chunk}`);
    await expect(kernels.selectiveScanBackward(input, upstream, chunk)).rejects.toThrow(error);
  }
  await expect(kernels.selectiveScanBackward(input, { dY: new Float32Array(5) })).rejects.toThrow(
    new RangeError('"dY" expected length 6 (seqLen 3 × dInner 2), got 5'),
  );
  await expect(kernels.selectiveScanBackward({ ...input, discretization: 'zoh' }, upstream)).rejects.toThrow(
    new UnsupportedError('selectiveScanBackward: the WebAssembly kernel has no zero-order hold'),
  );
  await expect(kernels.selectiveScanBackward(complexInput(), upstream)).rejects.toThrow(UnsupportedError);
});
