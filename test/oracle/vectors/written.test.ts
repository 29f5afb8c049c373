/**
 * The vectors as files: that they come back as they went, where each number lies, and that the same options give the same bytes.
 */
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../../src/checkpoint/byte-source.ts';
import { openSafetensors } from '../../../src/checkpoint/safetensors.ts';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import type { Layout } from '../../../src/oracle/vectors/layout.ts';
import { fileNames, parseManifest } from '../../../src/oracle/vectors/manifest.ts';
import { readCase } from '../../../src/oracle/vectors/read-vectors.ts';
import { vectorFiles } from '../../../src/oracle/vectors/write-vectors.ts';

const cases = [...vectorCases()];

async function written(layout: Layout) {
  const files = await vectorFiles(cases, { seed: 0, size: 'small', layout });
  const open = (name: string) => openSafetensors(bytesSource(name, files.get(name)!));
  const manifest = parseManifest(new TextDecoder().decode(files.get(fileNames.manifest)), fileNames.manifest);
  return { files, manifest, inputs: await open(fileNames.inputs), expected: await open(fileNames.expected) };
}

describe.each(['ours', 'upstream'] as const)('in the layout %s', (layout) => {
  test('what is written is read back, scales as float32', async () => {
    const { manifest, inputs, expected } = await written(layout);
    for (const [i, entry] of manifest.cases.entries()) {
      const one = await readCase(manifest, entry, { inputs, expected });
      expect(one.inputs).toEqual(cases[i]!.inputs);
      expect(one.narrowestState).toBe(cases[i]!.narrowestState);
      for (const [key, output] of Object.entries(one.outputs)) {
        const { value, scale, axes, shape } = cases[i]!.outputs[key]!;
        expect([output.axes, output.shape, output.value]).toEqual([axes, shape, value]);
        expect(output.scale.strict).toEqual(scale.strict.map(Math.fround));
      }
    }
  });
});

test('upstream’s layout has a batch of one, time last, and complex numbers behind it', async () => {
  const { manifest } = await written('upstream');
  const shapesOf = (name: string) => manifest.cases.find((one) => one.name === name)!.inputs;
  const { x, B, A } = shapesOf('selectiveScan/complex');
  expect([x!.axes, x!.shape]).toEqual([
    ['b', 'd', 't'],
    [1, 4, 9],
  ]);
  expect([B!.axes, B!.shape]).toEqual([
    ['b', 'g', 'n', 't', 're_im'],
    [1, 1, 3, 9, 2],
  ]);
  expect([A!.axes, A!.shape]).toEqual([
    ['d', 'n', 're_im'],
    [4, 3, 2],
  ]);
  expect(shapesOf('causalConv1d/plain').state!.axes).toEqual(['s', 'd', 'k']);
});

test('upstream’s layout moves time: x[t, d] lies at (0, d, t)', async () => {
  const { inputs, manifest } = await written('upstream');
  const { tensor, shape } = manifest.cases.find((one) => one.name === 'selectiveScan/plain')!.inputs.x!;
  const info = inputs.tensors.get(tensor)!;
  const bytes = await info.source.read(info.begin, info.end - info.begin);
  const stored = new Float32Array(bytes.slice().buffer);
  const { data } = cases.find((one) => one.name === 'selectiveScan/plain')!.inputs.x!;
  const [, dInner, seqLen] = shape as [number, number, number];
  for (let d = 0; d < dInner; d++) {
    for (let t = 0; t < seqLen; t++) expect(stored[d * seqLen + t]).toBe(data[t * dInner + d]);
  }
});

test('the same options give the same bytes, another seed other numbers of the same shapes', async () => {
  const again = await vectorFiles(vectorCases(), { seed: 0, size: 'small', layout: 'ours' });
  const { files } = await written('ours');
  for (const [name, bytes] of files) expect(Buffer.compare(again.get(name)!, bytes), name).toBe(0);
  const other = [...vectorCases({ seed: 1 })];
  expect(other.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
  expect(other[10]!.inputs).not.toEqual(cases[10]!.inputs);
});
