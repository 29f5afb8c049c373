/**
 * Variants of the kernels that must give the same results on headless-gl, and planted wrong ones that must not pass.
 */
import { describe, expect, test } from 'vitest';
import type { KernelName } from '../../gpu/definitions.ts';
import { definitions } from '../../gpu/definitions.ts';
import { functionOf, loopOf, replaced, textOf } from '../../gpu/variants/kernel-text.ts';
import { runVariants } from '../../gpu/variants/run-variants.ts';
import { subjects } from '../../gpu/variants/subjects.ts';
import type { Transform } from '../../gpu/variants/variant.ts';
import { variants } from '../../gpu/variants/variants.ts';
import { expectHeadless, openHeadless } from './headless.ts';

const opened = await openHeadless();

/** A variant of every kernel that has the part it changes. */
function planted(name: string, transform: Transform, kernels: readonly KernelName[]) {
  return kernels.map((kernel) => ({ kernel, name, transform, sameOrder: true }));
}

const all = subjects.map(({ kernel }) => kernel);
const sums: readonly KernelName[] = ['linear', 'linearPartial', 'linearReduce', 'causalConv1d', 'rmsNorm'];
const scans: readonly KernelName[] = ['chunkState', 'scanOutput', 'scanState', 'stepOutput'];

const wrong = [
  ...planted('a result off by 1e-4 of itself', offByALittle, all),
  ...planted('a turn too few', (text) => withEnd(text, (end) => `${end} - 1`), [...sums, ...scans]),
  ...planted('a turn too many', (text) => withEnd(text, (end) => `${end} + 1`), sums),
  ...planted('the first chunk left out', (text) => text.replace('c < this.thread.', '0 < c && c < this.thread.'), [
    'chunkCarry',
  ]),
  ...planted(
    'a branch that is not dead',
    (text) => text.replace(/return ([^;}]+)/, 'let r = $1; if (this.thread.x >= 0) { r = r + 1; } return r'),
    all,
  ),
  ...planted('a condition that never holds', (text) => text.replace(/if\s*\(/, 'if (0 > 1 && '), [
    'downSweep',
    'upSweep',
    'embed',
  ]),
  ...planted('its branches exchanged', (text) => text.replace('<', '>='), ['upSweep']),
];

function offByALittle(text: string): string {
  const { head, body, result } = functionOf(text);
  return textOf({ head, body, result: `(${result}) * 1.0001` });
}

function withEnd(text: string, by: (end: string) => string): string {
  const loop = loopOf(text);
  const { name, first, step, body } = loop;
  return replaced(text, loop, `for (let ${name} = ${first}; ${name} < ${by(loop.end)}; ${name} += ${step}) {${body}}`);
}

const useless = [
  { name: 'nothing changed', transform: (text: string) => text.replace('{', '{\n  '), says: 'the text is as it was' },
  { name: 'no text at all', transform: () => 'function () {', says: '' },
];

describe.each(opened)('headlessgl', (headless) => {
  const { machine } = headless;

  test('every variant compiles and gives what its plain kernel does; the plain kernel what JavaScript does', async () => {
    const before = Object.keys(definitions);
    const rows = await runVariants(machine);
    expect(rows.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(rows.length).toBe(variants.length + subjects.length);
    expect(new Set(rows.map(({ variant }) => variant)).size).toBe(rows.length);
    expect(variants.length).toBeGreaterThanOrEqual(20);
    expect(Object.keys(definitions)).toEqual(before);
  });

  test('where the order of additions is kept, the same bits come out', async () => {
    const rows = await runVariants(
      machine,
      variants.filter(({ sameOrder }) => sameOrder),
    );
    const others = rows.filter(({ variant, worst }) => !variant.endsWith(': plain') && worst !== 0);
    expect(others).toEqual([]);
  });

  test('wrong variants are caught by the same comparison, each of them', async () => {
    const rows = await runVariants(machine, wrong);
    const caught = rows.filter(({ failure }) => failure?.includes('× its bound')).map(({ variant }) => variant);
    expect(caught.toSorted()).toEqual(wrong.map(({ kernel, name }) => `${kernel}: ${name}`).toSorted());
  });

  test.each(useless)('$name is a failure, not a pass', async ({ name, transform, says }) => {
    const [, row] = await runVariants(machine, planted(name, transform, ['linear']));
    expect(row!.failure).toContain(says);
    expect(row!.worst).toBe(Infinity);
  });

  test('all of it ran on headless-gl', () => expectHeadless(headless));
});
