/**
 * What must hold of attention bit for bit in the strict build, eager and flash alike: no tolerance, no reference. And that
 * the two are one function.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { keyPlace, keysLength, valuePlace, valuesLength } from '../../src/engine/cache-layout.ts';
import { u } from '../../src/oracle/operation.ts';
import type { AttentionProblem } from '../../src/oracle/operations/attention.ts';
import { cacheAfter } from '../../src/oracle/operations/attention.ts';
import { problemOf, truthOf } from '../../src/oracle/operations.ts';
import { createWasmTarget } from '../../src/oracle/wasm-target.ts';
import { strictBackend } from './targets.ts';

const backend = await strictBackend();
const target = createWasmTarget(backend);
afterAll(() => backend.dispose());

const methods = ['eager', 'flash'] as const;
const problems = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 40 }))
  .map(([seed, size]) => problemOf('attention', seed, size));

async function attend(problem: AttentionProblem): Promise<Float32Array> {
  return Float32Array.from((await target.run('attention', problem)).out!);
}

/** Rows from … to − 1 of sequence s alone, after all before them. */
function part(problem: AttentionProblem, s: number, from: number, to: number): AttentionProblem {
  const width = problem.nHead * problem.headDim;
  const { keys, values } = cacheAfter(problem);
  const [keysOne, valuesOne] = [keysLength(problem), valuesLength(problem)];
  const cut = (data: Float32Array) => data.slice(from * width, to * width);
  return {
    ...problem,
    ...{ rows: to - from, cuSeqlens: [0, to - from], q: cut(problem.q), k: cut(problem.k), v: cut(problem.v) },
    starts: Uint32Array.of(problem.starts[s]! + from - problem.cuSeqlens[s]!),
    keys: keys.slice(s * keysOne, (s + 1) * keysOne),
    values: values.slice(s * valuesOne, (s + 1) * valuesOne),
  };
}

/** The same problem with NaN for every key and value that `forget` names: of sequence s, at a position. */
function without(problem: AttentionProblem, forget: (s: number, position: number) => boolean): AttentionProblem {
  const { nHead, headDim, capacity, starts } = problem;
  const [keys, values] = [problem.keys.slice(), problem.values.slice()];
  for (const s of starts.keys()) {
    for (let j = 0; j < capacity; j++) {
      if (!forget(s, j)) continue;
      for (let i = 0; i < nHead * headDim; i++) {
        const [h, d] = [Math.floor(i / headDim), i % headDim];
        keys[s * keysLength(problem) + keyPlace(problem, h, j, d)] = NaN;
        values[s * valuesLength(problem) + valuePlace(problem, h, j, d)] = NaN;
      }
    }
  }
  return { ...problem, keys, values };
}

describe.each(methods)('%s', (method) => {
  const forAll = (law: (problem: AttentionProblem) => Promise<void>) =>
    fc.assert(fc.asyncProperty(problems, (problem) => law({ ...problem, method })));

  test('row after row, and each sequence alone, give the same bits as all at once', async () => {
    await forAll(async (problem) => {
      const { cuSeqlens, nHead, headDim } = problem;
      const whole = await attend(problem);
      for (let s = 0; s + 1 < cuSeqlens.length; s++) {
        const [first, end] = [cuSeqlens[s]!, cuSeqlens[s + 1]!];
        const rows = (from: number, to: number) => whole.slice(from * nHead * headDim, to * nHead * headDim);
        expect(await attend(part(problem, s, first, end))).toEqual(rows(first, end));
        for (let t = first; t < end; t++) expect(await attend(part(problem, s, t, t + 1))).toEqual(rows(t, t + 1));
      }
    });
  });

  test('a token changes no bit of those before it', async () => {
    await forAll(async (problem) => {
      const { rows, nHead, headDim, cuSeqlens } = problem;
      const changed = Math.floor(rows / 2);
      if (rows === 0) return;
      const spoil = (data: Float32Array) =>
        data.map((x, i) => (Math.floor(i / (nHead * headDim)) === changed ? NaN : x));
      const [before, after] = [
        await attend(problem),
        await attend({ ...problem, k: spoil(problem.k), v: spoil(problem.v) }),
      ];
      const sequence = cuSeqlens.findLastIndex((start) => start <= changed);
      before.forEach((x, i) => {
        const t = Math.floor(i / (nHead * headDim));
        if (t < changed || t >= cuSeqlens[sequence + 1]!) expect(after[i]).toBe(x);
        else expect(after[i]! === x && t === changed).toBe(false);
      });
    });
  });

  test('tokens outside every window change no bit', async () => {
    await forAll(async (problem) => {
      const window = problem.window ?? 5;
      const local = { ...problem, window };
      const unseen = without(local, (s, position) => position <= problem.starts[s]! - window);
      expect(await attend(unseen)).toEqual(await attend(local));
    });
  });
});

test('flash gives what eager gives, within the sum of their bounds', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async (problem) => {
      const [eager, flash] = await Promise.all(
        methods.map(async (method) => truthOf('attention', { ...problem, method })[0]!.scale!),
      );
      const one = await attend({ ...problem, method: 'eager' });
      const other = await attend({ ...problem, method: 'flash' });
      for (const [i, x] of one.entries()) {
        expect(Math.abs(x - other[i]!)).toBeLessThanOrEqual(1.01 * u * (eager![i]! + flash![i]!));
      }
    }),
  );
});
