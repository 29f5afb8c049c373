/**
 * What `verify` says when something is wrong: red numbers above 1, the first failure of each row, the mistake with the line
 * of the reference, and exit code 3.
 */
import { expect, test } from 'vitest';
import { drawVectors } from '../../src/api/drawn-vectors.ts';
import { verifyTarget } from '../../src/api/verify-target.ts';
import { loadFolder } from '../../src/checkpoint/load-folder.node.ts';
import { MismatchError } from '../../src/cli/exit.ts';
import type { Verification } from '../../src/cli/run-verification.ts';
import { expectAllWell, problemLines } from '../../src/cli/verification-problems.ts';
import { verificationReport } from '../../src/cli/verification-report.ts';
import { verificationTable } from '../../src/cli/verification-table.ts';
import { embeddedModel } from '../../src/oracle/vectors/embedded-trace.ts';
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
  expect(scan).toMatch(/^relaxed, selectiveScan: selectiveScan\/gate: y \(t=\d, d=\d\) expected .* × its budget$/);
  expect(random).toMatch(/^relaxed, selectiveScan: seed \d+, size \d+: y/);
  expect(named).toMatch(/^relaxed, selectiveScan: "gate before D" explains all \d failing cases; .*:\d+\)$/);
  expect(more).toEqual([]);
  expect(() => expectAllWell(report)).toThrow(new MismatchError('outside of their bounds: relaxed (selectiveScan)'));
});

test('what breaks down is no absence', async () => {
  const broken = [{ name: 'webgpu', why: 'the page is gone' }];
  const absent = [{ name: 'webgl', why: 'no browser' }];
  const report = await verificationReport({ ...none, broken, absent, verifications: [] });
  expect(report.ok).toBe(false);
  expect(verificationTable(report)).toBe('broken: webgpu: the page is gone\nnot here: webgl: no browser\n');
  expect(() => expectAllWell(report)).toThrow('webgpu broke down: the page is gone');
});
