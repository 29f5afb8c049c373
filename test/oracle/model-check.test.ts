/**
 * Engines as a whole, judged: a right backend passes within its bound, every mistake planted into plans and fused operations
 * is seen, what a target lacks is an absence, and nothing stays allocated.
 */
import { afterAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../src/engine/backend.ts';
import { OutOfMemoryError } from '../../src/engine/errors.ts';
import { gpu } from '../../src/oracle/gpu-arithmetic.ts';
import type { ModelCheckName } from '../../src/oracle/model-check.ts';
import { judgeModel, modelCheckNames, runModelCheck } from '../../src/oracle/model-check.ts';
import { modelProblemOf } from '../../src/oracle/model-problems.ts';
import { referenceTarget } from '../../src/oracle/reference-target.ts';
import type { Target } from '../../src/oracle/target.ts';
import { createWasmTarget } from '../../src/oracle/wasm-target.ts';
import { buildsUnderTest } from '../wasm/targets.ts';
import { HostBackend } from './host-backend.ts';
import { simulatedGpu } from './simulated-gpu.ts';
import { leans } from './simulated-shader.ts';
import { wrongPlans } from './wrong-plans.ts';

/** What `verify` runs when it is asked for 40 problems an operation. */
const seeds = [0, 1, 2, 3];
const everyKind = [0, 1, 2, 3, 4, 5];

/** The reference's operations, with plans; and a backend that does something else instead. */
function hostTarget(plant: (backend: HostBackend) => Partial<Backend> = () => ({})) {
  const backend = new HostBackend(referenceTarget);
  const own = plant(backend);
  const wrong = new Proxy<Backend>(backend, {
    get(_, name) {
      const value: unknown = own[name as keyof Backend] ?? Reflect.get(backend, name);
      return typeof value === 'function' ? value.bind(backend) : value;
    },
  });
  return { backend, target: { ...referenceTarget, name: 'host', arithmetic: gpu, backend: wrong } satisfies Target };
}

describe('a right backend passes, and nothing stays allocated', () => {
  test.each(modelCheckNames)('with plans: %s', async (check) => {
    const { backend, target } = hostTarget();
    const { cases, worst, failures, absent } = await runModelCheck(target, check, everyKind);
    expect({ cases, failures, absent }).toEqual({ cases: everyKind.length, failures: [], absent: [] });
    expect(worst).toBeGreaterThan(0);
    expect(backend.residentBytes).toBe(0);
  });

  for (const [name, lean] of Object.entries(leans)) {
    test.each(modelCheckNames)(`as inexact as WGSL allows, ${name}: %s`, async (check) => {
      const simulated = simulatedGpu(lean());
      const target = { ...simulated, backend: new HostBackend(simulated) };
      expect((await runModelCheck(target, check, seeds)).failures).toEqual([]);
    });
  }
});

describe.each(await buildsUnderTest())('wasm $build', ({ backend, absent: missing }) => {
  afterAll(() => backend?.dispose());

  test.skipIf(missing)('models and steps are within their bounds; there are no plans', async () => {
    const target = createWasmTarget(backend!);
    await runModelCheck(target, 'model', everyKind); // the backend's own scratch grows
    const before = backend!.residentBytes;
    for (const check of ['model', 'step'] as const) {
      const { cases, failures } = await runModelCheck(target, check, everyKind);
      expect({ cases, failures }).toEqual({ cases: everyKind.length, failures: [] });
    }
    expect(await runModelCheck(target, 'plan', [0, 1])).toEqual({
      ...{ operation: 'plan', cases: 0, worst: 0, failures: [] },
      notRun: 2,
      absent: ['wasm: no plans are compiled, a token at a time is chosen here'],
    });
    expect(backend!.residentBytes).toBe(before);
  });
});

for (const { mistake, seen, plant } of wrongPlans) {
  test(`the mistake "${mistake}" is seen by ${seen.join(' and ')}, and only there`, async () => {
    const caught: ModelCheckName[] = [];
    for (const check of modelCheckNames) {
      const { failures } = await runModelCheck(hostTarget(plant).target, check, seeds);
      if (failures.length > 0) caught.push(check);
    }
    expect(caught).toEqual(seen);
  });
}

test('the bias of a projection left out is seen by every check', async () => {
  const plant = (backend: HostBackend): Partial<Backend> => ({
    linear: (operands) => backend.linear({ ...operands, bias: undefined }),
  });
  for (const check of modelCheckNames) {
    const { failures } = await runModelCheck(hostTarget(plant).target, check, [2]);
    expect(failures).toEqual([expect.stringMatching(/^seed 2, biases, 2 sequences of f32: /)]);
  }
});

test('a plan that writes padding is a failure that says so', async () => {
  const problem = await modelProblemOf(0);
  const drawing =
    (token: number) =>
    (backend: HostBackend): Partial<Backend> => ({
      draw: ({ out }) => backend.write(out, Float32Array.of(token)),
    });
  for (const token of [problem.size, problem.size + 1]) {
    const { failure } = await judgeModel(hostTarget(drawing(token)).target, 'plan', problem);
    expect(failure).toContain(`greedy: expected 16 rows of 1 ids below ${problem.size}, got [`);
  }
});

test('the reference has a dash: engines are measured by it', async () => {
  for (const check of modelCheckNames) {
    const { cases, absent } = await runModelCheck(referenceTarget, check, [0]);
    expect({ cases, absent }).toEqual({ cases: 0, absent: ['reference: engines are measured by it'] });
  }
});

test('a device without room is a failure, and what was loaded until then is given back', async () => {
  const { backend, target } = hostTarget((own) => ({
    floats: (name, length) => {
      if (name === 'h') throw new OutOfMemoryError('no room for h');
      return own.floats(name, length);
    },
  }));
  expect(await judgeModel(target, 'model', await modelProblemOf(1))).toEqual({
    worst: Infinity,
    failure: 'no room for h',
  });
  expect(backend.residentBytes).toBe(0);
});

test('problems are the same for the same seed, six kinds take turns, and no weight is idle', async () => {
  expect(await modelProblemOf(7)).toEqual(await modelProblemOf(7));
  const problems = await Promise.all(everyKind.map(modelProblemOf));
  expect(new Set(problems.map(({ kind }) => kind)).size).toBe(everyKind.length);
  expect((await modelProblemOf(6)).kind).toBe(problems[0]!.kind);
  for (const { weights, sequences, reads } of problems) {
    for (const layer of weights.layers) {
      for (const numbers of Object.values(layer)) expect(new Set(numbers).size).toBeGreaterThan(1);
    }
    for (const lists of reads) expect(lists.length).toBe(sequences);
  }
});
