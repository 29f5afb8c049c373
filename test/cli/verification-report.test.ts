/**
 * What `verify` says when something is wrong: numbers above 1, the worst failure of each row, the mistake with the line of
 * the reference, and exit code 3; and what it makes of backends that are not here, or break down.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { drawVectors } from '../../src/api/drawn-vectors.ts';
import { verifyTarget } from '../../src/api/verify-target.ts';
import { loadFolder } from '../../src/checkpoint/load-folder.node.ts';
import { MismatchError, UnavailableError } from '../../src/cli/exit.ts';
import type { runVerification, Verification } from '../../src/cli/run-verification.ts';
import { BrokenDownError } from '../../src/cli/run-verification.ts';
import { expectAllWell, problemLines } from '../../src/cli/verification-problems.ts';
import { verificationReport } from '../../src/cli/verification-report.ts';
import { verificationTable } from '../../src/cli/verification-table.ts';
import { verifyBackends } from '../../src/cli/verify-backends.ts';
import type { Subject } from '../../src/cli/verify-subjects.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';
import { embeddedModel } from '../../src/oracle/vectors/cases-trace.ts';
import type { Mistake } from '../oracle/mistakes.ts';
import { wrongTarget } from '../oracle/wrong-target.ts';

const drawn = await drawVectors(await loadFolder(embeddedModel));
const vectors = { ...drawn, cases: drawn.cases.filter(({ name }) => /^selectiveScan\/(plain|gate.*|all)$/.test(name)) };

async function verificationOf(name: 'simd' | 'relaxed', mistake: Mistake): Promise<Verification> {
  const verdict = await verifyTarget(wrongTarget(mistake), { vectors, problems: 20 });
  return { subject: { name, backend: 'wasm', build: name }, device: `${name} of the test`, verdict };
}

const none = { problems: 20, broken: [], absent: [] };
const right = await verificationOf('simd', 'none');
const wrong = await verificationOf('relaxed', 'gate before D');

test('all well: nothing more is said', async () => {
  const report = await verificationReport({ ...none, verifications: [right] });
  expect([report.ok, problemLines(report)]).toEqual([true, []]);
  expectAllWell(report);
});

test('a wrong backend beside a right one: its column, its failures, its mistake', async () => {
  const report = await verificationReport({ ...none, verifications: [right, wrong] });
  expect([report.ok, report.backends.map(({ ok }) => ok)]).toEqual([false, [true, false]]);
  expect(verificationTable(report)).toMatch(/\nselectiveScan +0\.\d\d +\d\.\de\d+\n/);
  const [scan, random, named, ...more] = problemLines(report);
  expect(scan).toMatch(
    /^relaxed, vectors, selectiveScan: selectiveScan\/gate-large: y \(t=\d, d=\d\) expected .* × its budget$/,
  );
  expect(random).toMatch(/^relaxed, random problems, selectiveScan: seed \d+, size \d+: y/);
  expect(named).toMatch(/^relaxed, selectiveScan: "gate before D" explains all \d failing cases; .*:\d+\)$/);
  expect(more).toEqual([]);
  expect(() => expectAllWell(report)).toThrow(
    new MismatchError('relaxed is outside of its bounds (vectors: selectiveScan; random problems: selectiveScan)'),
  );
});

test('what breaks down is no absence', async () => {
  const broken = [{ name: 'webgpu', why: 'the page is gone' }];
  const absent = [{ name: 'webgl', why: 'no browser' }];
  const report = await verificationReport({ ...none, broken, absent, verifications: [] });
  expect(report.ok).toBe(false);
  expect(verificationTable(report)).toBe('broken: webgpu: the page is gone\nnot here: webgl: no browser\n');
  expect(() => expectAllWell(report)).toThrow('webgpu broke down: the page is gone');
});

test('a failure of random problems alone is one', async () => {
  const alone = { ...wrong, verdict: { ...wrong.verdict, vectors: right.verdict.vectors } };
  const report = await verificationReport({ ...none, verifications: [alone] });
  expect(report.ok).toBe(false);
  expect(() => expectAllWell(report)).toThrow('relaxed is outside of its bounds (random problems: selectiveScan)');
});

test('reasons do not repeat the device, and name their rows', async () => {
  const absent = ['wasm: no states here (on simd of the test)'];
  const rows = right.verdict.problems.map((row) => (row.operation === 'linear' ? { ...row, absent } : row));
  const report = await verificationReport({
    ...none,
    verifications: [{ ...right, verdict: { ...right.verdict, problems: rows } }, wrong],
  });
  expect(report.backends[0]!.problems[0]!.absent).toEqual(['no states here']);
  expect(verificationTable(report)).toContain('\nnot computed: no states here: linear (simd)\n');
});

/** verify with a backend of the test's own in each place: what it prints, and how it ends. */
async function verifyWith(
  backend: 'wasm' | 'simd' | 'all',
  run: (subject: Subject) => Promise<Verification>,
  json = false,
) {
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text, ...rest) => {
      printed[stream] += String(text);
      const done = rest.at(-1) as unknown;
      if (typeof done === 'function') done();
      return true;
    });
  }
  const { signal } = new AbortController();
  const ended = await verifyBackends({ backend, problems: 20, json }, signal, run).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  vi.restoreAllMocks();
  return { ...printed, ended };
}

afterEach(() => vi.restoreAllMocks());

const gone = () => Promise.reject(new BrokenDownError('the page is gone'));
const missing = () => Promise.reject(new UnsupportedError('not installed'));

test('a wrong backend: its table on stdout, its lines on stderr, and a mismatch', async () => {
  const { stdout, stderr, ended } = await verifyWith('simd', async (subject) => ({ ...wrong, subject }));
  expect(stdout).toMatch(/^ +simd\nvectors: /);
  expect(stderr.split('\n').map((line) => line.split(':')[0])).toEqual([
    ...['simd, vectors, selectiveScan', 'simd, random problems, selectiveScan', 'simd, selectiveScan', ''],
  ]);
  expect(ended).toBeInstanceOf(MismatchError);
});

test('a backend that breaks down is reported, alone or among others, and is a mismatch', async () => {
  const alone = await verifyWith('simd', gone, true);
  expect(JSON.parse(alone.stdout)).toMatchObject({
    ...{ ok: false, backends: [], broken: [{ name: 'simd', why: 'the page is gone' }] },
  });
  expect(alone.ended).toEqual(new MismatchError('simd broke down: the page is gone'));
  const among = await verifyWith('wasm', (subject) => {
    return subject.name === 'relaxed' ? gone() : Promise.resolve({ ...right, subject });
  });
  expect(among.stdout).toContain('\nbroken: relaxed: the page is gone\n');
  expect(among.ended).toEqual(new MismatchError('relaxed broke down: the page is gone'));
});

test('a backend that is not here is no mismatch among others; alone, or when none is here, it is unavailable', async () => {
  const among = await verifyWith('all', (subject) => {
    return subject.backend === 'wasm' ? Promise.resolve({ ...right, subject }) : missing();
  });
  expect(among.ended).toBeUndefined();
  expect(among.stdout).toContain('\nnot here: webgpu: not installed\n');
  expect((await verifyWith('simd', missing)).ended).toEqual(new UnsupportedError('not installed'));
  const { stdout, ended } = await verifyWith('wasm', missing);
  expect([stdout, ended]).toEqual(['', expect.any(UnavailableError)]);
  expect(ended!.message).toMatch(/^none of simd, simd-threads, relaxed, relaxed-threads runs here; not installed/);
});

test('any other error is the program’s own, and no backend’s', async () => {
  const error = new Error('cannot read build/simd.wasm');
  expect((await verifyWith('wasm', () => Promise.reject(error))).ended).toBe(error);
});

test('a renderer on the CPU counts where it is asked for, by name or by MAMBA_SOFTWARE_GL, and not among all', async () => {
  const signal = new AbortController().signal;
  const askedOf = async (backend: 'webgl' | 'all') => {
    const asked = new Set<boolean>();
    const run: typeof runVerification = (_, { software }) => {
      asked.add(software);
      return missing();
    };
    await verifyBackends({ backend, problems: 1 }, signal, run).catch(() => {});
    return [...asked];
  };
  vi.stubEnv('MAMBA_SOFTWARE_GL', undefined);
  expect(await askedOf('webgl')).toEqual([true]);
  expect(await askedOf('all')).toEqual([false]);
  vi.stubEnv('MAMBA_SOFTWARE_GL', '1');
  expect(await askedOf('all')).toEqual([true]);
  vi.unstubAllEnvs();
});
