/**
 * States that are kept in bfloat16 or float16, and sums that are: right ones pass where that is declared, and only there.
 */
import { expect, test } from 'vitest';
import { bytesSource } from '../../../src/checkpoint/byte-source.ts';
import { openSafetensors } from '../../../src/checkpoint/safetensors.ts';
import { vectorsReport, vectorsTable } from '../../../src/cli/vectors-report.ts';
import { toBfloat16, toFloat16 } from '../../../src/oracle/rounding.ts';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import { isWideEnough } from '../../../src/oracle/vectors/declaration.ts';
import { judgeVectors } from '../../../src/oracle/vectors/judge-vectors.ts';
import { fileNames, parseManifest } from '../../../src/oracle/vectors/manifest.ts';
import { vectorFiles } from '../../../src/oracle/vectors/write-vectors.ts';
import { runPort } from './port.ts';
import { orders, portOf, roundingTo } from './port-numbers.ts';
import { portResults } from './write-results.ts';

/** Seeds in two of which a state in bfloat16 stops to decay. */
const seeds = [0, 1, 2];
const drawn = seeds.map((seed) => [...vectorCases({ seed })]);
const kept = [
  ['f16', toFloat16],
  ['bf16', toBfloat16],
] as const;

const scansOf = (seed: number) => drawn[seed]!.filter((one) => /^(scan|selectiveScan)$/.test(one.operation));

test.each(kept)(
  'states that are rounded to %s once a token pass where they are declared, in every case',
  (state, store) => {
    const alarms: string[] = [];
    for (const seed of seeds) {
      for (const one of scansOf(seed)) {
        if (!isWideEnough({ state }, one)) continue;
        const { failures } = compareCase(one, runPort(one, portOf({ store })), { state });
        alarms.push(...failures.map((failure) => `seed ${seed}, ${one.name}: ${failure}`));
      }
    }
    expect(alarms).toEqual([]);
  },
);

test.each(kept)(
  'states that are rounded to %s fail where they are not declared, in every scan of three tokens',
  (_, store) => {
    const passing: string[] = [];
    for (const one of scansOf(0)) {
      if (one.operation === 'selectiveScan' || Number(one.parameters.seqLen) < 3) continue;
      if (compareCase(one, runPort(one, portOf({ store }))).failures.length === 0) passing.push(one.name);
    }
    expect(passing).toEqual([]);
  },
);

test('a program in which everything rounds to bfloat16 passes where that is declared, in every order', () => {
  const declared = { accumulation: 'bf16', inputs: 'bf16' } as const;
  const alarms: string[] = [];
  for (const seed of seeds) {
    for (const one of drawn[seed]!) {
      if (!one.narrow || !isWideEnough(declared, one)) continue;
      for (const order of orders) {
        const given = roundingTo(toBfloat16, () => runPort(one, portOf({ order }), true));
        const { failures } = compareCase(one, given, declared);
        alarms.push(...failures.map((failure) => `seed ${seed}, ${order}, ${one.name}: ${failure}`));
      }
    }
  }
  expect(alarms).toEqual([]);
});

test('budgets of narrow states are at most twice their first order, and cases where they would not be say so', () => {
  const cases = drawn[0]!;
  const named = (name: string) => cases.find((one) => one.name === name)!;
  expect(named('selectiveScan/impulse').narrowestState).toBe('f32'); // bfloat16 and float16 stop to decay there
  expect(named('selectiveScan/length-1025').narrowestState).toBeUndefined();
  const left = cases.filter(({ narrowestState }) => narrowestState !== undefined);
  expect(left.every(({ parameters }) => Number(parameters.seqLen) > 512)).toBe(true);
  expect(left.length).toBeLessThan(8);
});

test('cases that are too long for what is declared are left out, and counted', async () => {
  const cases = scansOf(0).filter(({ name }) => /impulse|plain/.test(name));
  const files = await vectorFiles(cases, { seed: 0, size: 'small', layout: 'ours' });
  const manifest = parseManifest(new TextDecoder().decode(files.get(fileNames.manifest)), fileNames.manifest);
  const open = (name: string, bytes: Uint8Array) => openSafetensors(bytesSource(name, bytes));
  const results = await open('results', portResults(cases, portOf({ store: toBfloat16 })));
  const [inputs, expected] = [fileNames.inputs, fileNames.expected].map((name) => open(name, files.get(name)!));
  const vectors = { inputs: await inputs!, expected: await expected! };
  const declared = { state: 'bf16' } as const;
  const judged = await judgeVectors(manifest, vectors, results, declared);
  expect(judged.left.tooLong).toEqual(['selectiveScan/impulse']);
  const report = vectorsReport({ partial: false, manifest, judged, declared, blames: [] });
  expect(report.ok).toBe(true);
  expect(vectorsTable(report)).toContain('1 left out: too long for states so narrow');
});
