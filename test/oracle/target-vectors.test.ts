/**
 * The vectors' cases on a target: what is right passes in every row, a mistake is seen where it is made and in what is
 * made of it, and is named.
 */
import { expect, test } from 'vitest';
import { loadFolder } from '../../src/checkpoint/load-folder.node.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';
import type { Arithmetic } from '../../src/oracle/arithmetic.ts';
import { strict } from '../../src/oracle/arithmetic.ts';
import { gpu } from '../../src/oracle/gpu-arithmetic.ts';
import type { Target } from '../../src/oracle/target.ts';
import type { JudgedTarget } from '../../src/oracle/target-vectors/index.ts';
import { judgeTarget, runsOf } from '../../src/oracle/target-vectors/judge-target.ts';
import { vectorRowNames } from '../../src/oracle/target-vectors/vector-run.ts';
import { vectorCases } from '../../src/oracle/vectors/cases.ts';
import { embeddedModel, embeddedTrace } from '../../src/oracle/vectors/cases-trace.ts';
import { HostBackend } from './host-backend.ts';
import type { Mistake } from './mistakes.ts';
import { wrongTarget } from './wrong-target.ts';

const traced = await loadFolder(embeddedModel);
/** Those of thousands of tokens add seconds, and no way to compute. */
const short = [...vectorCases()].filter((one) => Number(one.parameters.seqLen ?? 0) < 300);
const vectors = { cases: [...short, await embeddedTrace(traced)], traced };

/** An implementation of its own, as kernels and as a backend under an engine. */
function targetWith(mistake: Mistake): Target {
  const target = wrongTarget(mistake);
  return { ...target, backend: new HostBackend(target) };
}

function failing({ rows }: JudgedTarget): readonly string[] {
  return rows.filter(({ failures }) => failures.length > 0).map(({ operation }) => operation);
}

test('a second implementation passes in every row, and its backend gets everything back', async () => {
  const target = targetWith('none');
  const { rows, blames, cases } = await judgeTarget(target, vectors);
  expect(rows.flatMap(({ failures }) => failures)).toEqual([]);
  expect(rows.map(({ operation }) => operation)).toEqual(vectorRowNames);
  for (const row of rows) expect(row.cases, row.operation).toBeGreaterThan(0);
  expect([blames, cases]).toEqual([[], vectors.cases.length]);
  expect(target.backend!.residentBytes).toBe(0);
});

const planted: readonly (readonly [Mistake, readonly string[], named: string])[] = [
  ['gate before D', ['selectiveScan', 'block', 'model', 'trace'], 'gate before D'],
  ['initial state ignored', ['selectiveScan', 'block', 'model'], 'initial state ignored'],
  ['convolution flipped', ['causalConv1d', 'block', 'model', 'trace'], 'the convolution flipped'],
  ['bias after softplus', ['selectiveScan', 'block', 'model', 'trace'], 'bias after softplus'],
];

test.each(planted)('"%s" fails in %j and is named', async (mistake, rows, named) => {
  const judged = await judgeTarget(targetWith(mistake), vectors);
  expect(failing(judged)).toEqual(rows);
  const [first] = judged.blames;
  expect(first).toMatchObject({ row: rows[0], blame: { mistake: named } });
});

test('what a target cannot do is an absence; what breaks down is a failure that names the case', async () => {
  const right = targetWith('none');
  const target: Target = {
    ...right,
    run: (operation, problem) => {
      if (operation === 'scanChunked') throw new UnsupportedError('no chunks here');
      if (operation === 'discretize') throw new Error('sentinel overwritten');
      return right.run(operation, problem);
    },
  };
  const { rows } = await judgeTarget(target, vectors);
  const row = (name: string) => rows.find(({ operation }) => operation === name)!;
  expect(row('scanChunked')).toMatchObject({ cases: 0, failures: [], absent: ['no chunks here'] });
  expect(row('discretize').worst).toBe(Infinity);
  expect(row('discretize').failures[0]).toBe('discretize/zoh: sentinel overwritten');
});

test('every way gives what it says: all that the case asks for, but what no engine shows', () => {
  const given = (pattern: RegExp) => {
    const one = vectors.cases.find(({ name }) => pattern.test(name))!;
    const left = (gives: readonly string[]) => Object.keys(one.outputs).filter((output) => !gives.includes(output));
    return runsOf(targetWith('none'), one, traced).map(({ row, way, gives }) => [
      way ?? row,
      gives.length,
      left(gives),
    ]);
  };
  expect(given(/^discretize/)).toEqual([['discretize', 2, []]]);
  const scans = ['scanSequential', 'scanBlelloch', 'scanChunked'];
  expect(given(/^scan/)).toEqual(scans.map((row) => [row, 1, ['hLast']]));
  expect(given(/^selectiveScan.all$/)).toEqual(['selectiveScan', 'selectiveScanUnfused'].map((row) => [row, 2, []]));
  expect(given(/^selectiveScan.steps$/)).toEqual([['selectiveScan', 2, []]]);
  expect(given(/^selectiveScanBackward.all$/)).toEqual([['selectiveScanBackward', 9, []]]);
  expect(given(/^causalConv1d/)).toEqual([['causalConv1d', 2, []]]);
  expect(given(/^block/)).toEqual([['block', 10, ['conv', 'z', 'stepSize', 'A']]]);
  expect(given(/^model/)).toEqual(['by prefixes', 'token by token', 'a plan a token'].map((way) => [way, 1, []]));
  const [[, count, unseen]] = given(/^trace/) as [[string, number, string[]]];
  expect(count).toBe(5 * traced.config.nLayer);
  expect(new Set(unseen.map((name) => name.replace(/^layers.\d+\./, '')))).toEqual(new Set(['conv', 'out', 'hidden']));
});

/** The rows and ways that fail where calls that a test picks are wrong. */
async function failingWhere(
  wrong: (operation: string, problem: { readonly seqLen?: number }) => boolean,
  names: RegExp,
) {
  const right = wrongTarget('none');
  const run: Target['run'] = async (operation, problem) => {
    const result = await right.run(operation, problem);
    if (!wrong(operation, problem as { readonly seqLen?: number })) return result;
    return Object.fromEntries(Object.entries(result).map(([name, data]) => [name, Array.from(data, (v) => v + 1)]));
  };
  const target: Target = { ...right, run, backend: new HostBackend({ ...right, run }) };
  const { rows } = await judgeTarget(target, { cases: short.filter(({ name }) => names.test(name)), traced });
  return rows.flatMap(({ failures }) => failures.map((failure) => failure.split(': ')[0])).sort();
}

test('a model is read in three ways, and each is seen alone', async () => {
  const model = /^model.mamba$/;
  const alone = (operation: string, { seqLen }: { readonly seqLen?: number }) =>
    operation === 'selectiveScan' && seqLen === 1;
  const ways = ['a plan a token', 'by prefixes', 'token by token'].map((way) => `model/mamba, ${way}`);
  expect(await failingWhere(alone, model)).toEqual(ways);
  const together = (operation: string, { seqLen = 0 }: { readonly seqLen?: number }) =>
    operation === 'selectiveScan' && seqLen > 1;
  expect(await failingWhere(together, model)).toEqual(ways.slice(1, 2));
});

test('a plan that does not compile where there are plans is a failure, and no absence', async () => {
  const right = targetWith('none');
  const compile = () => Promise.reject(new UnsupportedError('too many operations'));
  const backend = Object.assign(right.backend!, { compile });
  const { rows } = await judgeTarget(
    { ...right, backend },
    { cases: short.filter(({ name }) => /^model/.test(name)), traced },
  );
  const { failures, absent } = rows.find(({ operation }) => operation === 'model')!;
  expect([failures.length, absent]).toEqual([short.filter(({ name }) => /^model/.test(name)).length, []]);
  expect(failures[0]).toBe('model/mamba, a plan a token: too many operations');
});

test('"by steps" is a call a token', async () => {
  const lengths: number[] = [];
  const record = (operation: string, { seqLen = 0 }: { readonly seqLen?: number }) => {
    if (operation === 'selectiveScan') lengths.push(seqLen);
    return false;
  };
  expect(await failingWhere(record, /^selectiveScan.steps$/)).toEqual([]);
  expect(lengths).toEqual(new Array(17).fill(1));
});

test('the chunked scan has many chunks', async () => {
  const chunks: number[] = [];
  const record = (operation: string, problem: object) => {
    if (operation === 'scanChunked') chunks.push((problem as { readonly chunk: number }).chunk);
    return false;
  };
  expect(await failingWhere(record, /^scan.length-129$/)).toEqual([]);
  expect(chunks).toEqual([8]);
});

test('an exp that is 4 ulp off is judged by what the target’s arithmetic allows', async () => {
  const impulse = [...vectorCases()].filter(({ name }) => name === 'selectiveScan/impulse');
  const worst = async (arithmetic: Arithmetic) => {
    const target = wrongTarget('exp by 2 ulp too large', arithmetic);
    const { rows } = await judgeTarget(target, { cases: impulse, traced });
    return Math.max(...rows.map((row) => row.worst));
  };
  const [onWasm, onGpu] = [await worst(strict), await worst(gpu)];
  expect(onWasm).toBeGreaterThan(3);
  expect(onGpu).toBeLessThan(0.6 * onWasm); // three ulp near 0, where the other allows one
});

test('a result of nothing is a failure, and so is one of a wrong length', async () => {
  for (const [result, message] of [
    [{}, 'expected y, hLast, got no y, hLast'],
    [{ y: new Float32Array(1), hLast: new Float32Array(12) }, 'expected 36 numbers, got 1'],
  ] as const) {
    const target: Target = { ...targetWith('none'), run: async () => result };
    const { rows } = await judgeTarget(target, {
      cases: short.filter(({ name }) => name === 'selectiveScan/plain'),
      traced,
    });
    expect(rows.find(({ operation }) => operation === 'selectiveScan')!.failures[0]).toContain(message);
  }
});
