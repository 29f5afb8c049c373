/**
 * The elementary functions of assembly/, over all 65,536 bfloat16 patterns and 10 million float32 patterns from every
 * binade, against Math in float64. Bounds: exp 1 ulp and a mean signed error of 0.05 ulp, the others 2 ulp; a subnormal
 * result is measured in the smallest subnormal.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { silu } from '../../src/reference/silu.ts';
import { sigmoid, softplus } from '../../src/reference/softplus.ts';
import type { WasmBackend } from '../../src/wasm/backend.ts';
import { buildsUnderTest } from './targets.ts';

const functions = {
  exp: { f: Math.exp, ulps: 1 },
  softplus: { f: softplus, ulps: 2 },
  silu: { f: silu, ulps: 2 },
  sigmoid: { f: sigmoid, ulps: 2 },
} as const;
type Name = keyof typeof functions;

/** Inputs found near or beyond 1 ulp in some build; every build is judged on them by name. */
const examples: readonly number[] = [-38.43320846557617];

const stride = 401; // odd: its multiples meet every pattern of low bits; 2³² / 401 = 10.7 million
const block = 1 << 18;

const builds = await buildsUnderTest();
afterAll(() => {
  for (const { backend } of builds) backend?.dispose();
});

/** Calls `visit` with inputs and outputs, block by block; input i has the bits step·i. */
async function sweep(
  { machine }: WasmBackend,
  name: Name,
  step: number,
  visit: (x: Float32Array, y: Float32Array) => void,
): Promise<void> {
  const [x, out] = [machine.heap.allocate(4 * block, 'x'), machine.heap.allocate(4 * block, 'out')];
  const count = Math.ceil(2 ** 32 / step);
  for (let start = 0; start < count; start += block) {
    const length = Math.min(block, count - start);
    const bits = machine.heap.u32(x, length);
    for (let i = 0; i < length; i++) bits[i] = (start + i) * step;
    machine.program.push(name, { x, out }, { units: length, grain: 4096 });
    await machine.settle();
    visit(machine.heap.f32(x, length), machine.heap.f32(out, length));
  }
  machine.heap.free(x);
  machine.heap.free(out);
}

/** A kernel's results on numbers that fit into one block. */
async function run({ machine }: WasmBackend, name: Name, inputs: Float32Array): Promise<Float32Array> {
  const [x, out] = [machine.heap.allocate(4 * inputs.length, 'x'), machine.heap.allocate(4 * inputs.length, 'out')];
  machine.heap.f32(x, inputs.length).set(inputs);
  machine.program.push(name, { x, out }, { units: inputs.length, grain: 4096 });
  await machine.settle();
  const results = machine.heap.f32(out, inputs.length).slice();
  machine.heap.free(x);
  machine.heap.free(out);
  return results;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const ulpOfExponent = Float64Array.from({ length: 2048 }, (_, e) => 2 ** (Math.max(e - 1023, -126) - 23));

/** The gap between float32 numbers at this number. */
function ulpOf(value: number): number {
  double[0] = value;
  return ulpOfExponent[(words[1]! >>> 20) & 0x7ff]!; // little-endian, as WebAssembly
}

interface Errors {
  worst: number;
  worstAt: number;
  mean: number;
  meanDecaying: number;
  /** Inputs where one is NaN, or infinite, and the other is not. */
  wrongClass: number[];
}

async function errorsOf(backend: WasmBackend, name: Name, step: number): Promise<Errors> {
  const { f } = functions[name];
  const errors: Errors = { worst: 0, worstAt: 0, mean: 0, meanDecaying: 0, wrongClass: [] };
  let [sum, count, sumDecaying, countDecaying] = [0, 0, 0, 0];
  await sweep(backend, name, step, (xs, ys) => {
    for (let i = 0; i < xs.length; i++) {
      const [x, y] = [xs[i]!, ys[i]!];
      const t = f(x);
      const rounded = Math.fround(t);
      if (!Number.isFinite(rounded) || !Number.isFinite(y)) {
        if (!Object.is(rounded, y)) errors.wrongClass.push(x);
        continue;
      }
      const error = (y - t) / ulpOf(t);
      if (!(Math.abs(error) <= errors.worst)) [errors.worst, errors.worstAt] = [Math.abs(error), x];
      sum += error;
      count++;
      if (x <= 0 && x >= -20) [sumDecaying, countDecaying] = [sumDecaying + error, countDecaying + 1];
    }
  });
  return { ...errors, mean: sum / count, meanDecaying: sumDecaying / countDecaying };
}

describe.each(builds)('$build', ({ build, backend, absent }) => {
  for (const name of Object.keys(functions) as Name[]) {
    const { ulps } = functions[name];

    test(`${name} is within ${ulps} ulp of every bfloat16 and of 10.7 million float32`, async ({ skip }) => {
      if (backend === undefined) return skip(absent);
      for (const step of build.endsWith('threads') ? [65536] : [65536, stride]) {
        const { worst, worstAt, wrongClass } = await errorsOf(backend, name, step);
        expect(wrongClass).toEqual([]);
        expect(worst, `error in ulp at ${worstAt}`).toBeLessThanOrEqual(ulps);
      }
    });
  }

  test('exp is within 1 ulp of the inputs that once were the worst', async ({ skip }) => {
    if (backend === undefined) return skip(absent);
    const results = await run(backend, 'exp', Float32Array.from(examples));
    examples.forEach((x, i) => {
      const error = Math.abs(results[i]! - Math.exp(x)) / ulpOf(Math.exp(x));
      expect(error, `error in ulp at ${x}`).toBeLessThanOrEqual(1);
    });
  });

  // softplus(x) = log1p(expNonPositive(x)), and log1p(e) rounds to e below 2⁻²⁴: from −17 down the short form of exp
  // can be read off softplus. Between −17 and 0 no kernel shows it without the logarithm on top.
  test('the form of exp for x ≤ 0 gives the same bits as exp, from −17 down to underflow', async ({ skip }) => {
    if (backend === undefined) return skip(absent);
    const [first, last] = new Uint32Array(Float32Array.of(-17, -131).buffer);
    const bits = Uint32Array.from({ length: Math.floor((last! - first!) / 97) }, (_, i) => first! + 97 * i);
    const inputs = Float32Array.from([...examples, -Infinity, ...new Float32Array(bits.buffer)]);
    const [short, long] = [await run(backend, 'softplus', inputs), await run(backend, 'exp', inputs)];
    const differ = inputs.findIndex((_, i) => !Object.is(short[i], long[i]));
    expect(inputs[differ]).toBe(undefined);
  });

  test('the mean signed error of exp is below 0.05 ulp, over all inputs and over those that decay', async ({
    skip,
  }) => {
    if (backend === undefined) return skip(absent);
    const { mean, meanDecaying } = await errorsOf(backend, 'exp', 8 * stride);
    expect(Math.abs(mean)).toBeLessThanOrEqual(0.05);
    expect(Math.abs(meanDecaying)).toBeLessThanOrEqual(0.05);
  });
});
