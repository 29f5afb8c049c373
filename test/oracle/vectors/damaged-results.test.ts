/**
 * Whatever bytes are handed in as results, they are judged or refused in a sentence.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesSource } from '../../../src/checkpoint/byte-source.ts';
import { CheckpointError } from '../../../src/checkpoint/checkpoint-error.ts';
import { openSafetensors } from '../../../src/checkpoint/safetensors.ts';
import { blame } from '../../../src/oracle/blame/blame.ts';
import { scanCases } from '../../../src/oracle/vectors/cases-scan.ts';
import { judgeVectors } from '../../../src/oracle/vectors/judge-vectors.ts';
import { fileNames, parseManifest } from '../../../src/oracle/vectors/manifest.ts';
import { vectorFiles } from '../../../src/oracle/vectors/write-vectors.ts';
import { portOf } from './port-numbers.ts';
import { portResults } from './write-results.ts';

const cases = [...scanCases(0, false)].slice(2, 7);
const files = await vectorFiles(cases, { seed: 0, size: 'small', layout: 'upstream' });
const open = (name: string, bytes: Uint8Array) => openSafetensors(bytesSource(name, bytes));
const text = new TextDecoder().decode(files.get(fileNames.manifest));
const results = portResults(cases, portOf());

async function judgeBytes(bytes: Uint8Array): Promise<boolean | string> {
  const manifest = parseManifest(text, fileNames.manifest);
  const vectors = {
    inputs: await open(fileNames.inputs, files.get(fileNames.inputs)!),
    expected: await open(fileNames.expected, files.get(fileNames.expected)!),
  };
  try {
    const { cases: judged } = await judgeVectors(manifest, vectors, await open('results', bytes));
    blame(judged);
    const failures = judged.flatMap(({ verdict }) => verdict.failures);
    return failures.every((failure) => failure.length > 0);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return error.message;
  }
}

const header = 8 + Number(new DataView(results.buffer).getBigUint64(0, true));
const place = fc.oneof(fc.integer({ min: 0, max: header - 1 }), fc.integer({ min: 0, max: results.length - 1 }));

test('bytes changed anywhere, the header more than anything else', async () => {
  const change = fc.tuple(place, fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = results.slice();
      for (const [at, value] of changes) bytes[at] = value;
      expect(await judgeBytes(bytes)).toBeTruthy();
    }),
  );
});

test('files cut short anywhere are refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: results.length - 1 }), async (length) => {
      expect(await judgeBytes(results.slice(0, length))).toBeTypeOf('string');
    }),
  );
});
