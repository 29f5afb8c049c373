/**
 * NaN and ±Infinity anywhere in the operands: NaN, +Infinity and −Infinity come out where they do in the reference, and
 * nowhere else.
 */
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { OperationName, Problems } from '../../src/oracle/operations.ts';
import { problemOf, truthOf } from '../../src/oracle/operations.ts';
import { createWasmTarget } from '../../src/oracle/wasm-target.ts';
import { strictBackend, wasmOperations } from './targets.ts';

const backend = await strictBackend();
const target = createWasmTarget(backend);
afterAll(() => backend.dispose());

const specials = [NaN, Infinity, -Infinity];
const kindOf = (value: number) => (Number.isFinite(value) ? 'finite' : String(value));

/** The problem with one number of one operand replaced. */
function poisoned<O extends OperationName>(problem: Problems[O], operand: number, place: number, value: number) {
  const floats = Object.entries(problem).filter(([, data]) => data instanceof Float32Array && data.length > 0);
  if (floats.length === 0) return problem;
  const [name, data] = floats[operand % floats.length] as [string, Float32Array];
  return { ...problem, [name]: data.map((old, i) => (i === place % data.length ? value : old)) };
}

/** Without factors that are 0 in float32 only: ∞·0 is NaN, ∞·exp(−200) is not. */
function tame<O extends OperationName>(operation: O, problem: Problems[O]): Problems[O] {
  if (operation === 'layerNorm') {
    const { x, width } = problem as Problems['layerNorm'];
    // Every other number on the other side of the mean, and none next to it.
    return { ...problem, x: x.map((v, i) => ((i % width) % 2 === 0 ? 8 : -8) + (v % 1)) };
  }
  if (operation !== 'selectiveScan' && operation !== 'selectiveScanUnfused') return problem;
  const { A, delta, z } = problem as Problems['selectiveScan'];
  const clamp = (v: number) => Math.min(4, Math.max(-4, v));
  return { ...problem, A: A.map(clamp), delta: delta.map(clamp), z: z?.map(clamp) };
}

const draws = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  size: fc.integer({ min: 0, max: 20 }),
  operand: fc.nat(20),
  place: fc.nat(1000),
  value: fc.constantFrom(...specials),
});

// Gradients may be factored otherwise: the reference's dA has x·φ′ with φ′ = 0. test/wasm/kernels-backward.test.ts.
const judged = wasmOperations.filter((operation) => operation !== 'selectiveScanBackward');

test.each(judged)('%s: NaN and infinities as in the reference', async (operation) => {
  await fc.assert(
    fc.asyncProperty(draws, async ({ seed, size, operand, place, value }) => {
      const problem = poisoned(tame(operation, problemOf(operation, seed, size)), operand, place, value);
      const result = await target.run(operation, problem);
      for (const { name, value: expected } of truthOf(operation, problem)) {
        const actual = Array.from(result[name]!, kindOf);
        expect(actual).toEqual(Array.from(expected, (v) => kindOf(Math.fround(v))));
      }
    }),
  );
});

test('linear with q8_0 weights: a row with NaN or Infinity gives NaN, the other rows are as without it', async () => {
  const x = Float32Array.from({ length: 160 }, (_, j) => (j % 7) - 3);
  const weight = Float32Array.from({ length: 96 }, (_, j) => (j % 5) - 2);
  const problem = { rows: 5, dIn: 32, dOut: 3, dtype: 'q8_0', x, weight, gaps: {} } as const;
  const clean = (await target.run('linear', problem)).out!;
  for (const value of specials) {
    for (let t = 0; t < 5; t++) {
      const { out } = await target.run('linear', { ...problem, x: x.map((v, j) => (j === 32 * t + 9 ? value : v)) });
      expect(Array.from(out!)).toEqual(Array.from(clean, (v, i) => (Math.floor(i / 3) === t ? NaN : v)));
    }
  }
});

test('selectiveScan: the lanes that dState leaves empty stay out of the sum', async () => {
  const [one, zero] = [Float32Array.of(1), Float32Array.of(0)];
  const sizes = { seqLen: 1, cuSeqlens: [0, 1], dInner: 1, dState: 1, groups: 1, gaps: {} };
  const operands = { x: Float32Array.of(Infinity), delta: one, A: Float32Array.of(-1), B: one, C: one, h: zero };
  const problem = { ...sizes, ...operands, softplus: false, discretization: 'mamba' } as const;
  expect(await target.run('selectiveScan', problem)).toEqual({ y: operands.x, hLast: operands.x });
});
