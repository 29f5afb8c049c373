import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { fingerprintOfFile } from '../../src/checkpoint/fingerprint.ts';
import { openWeights } from '../../src/checkpoint/open-weights.ts';
import type { WritableTensor } from '../../src/checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';
import { utf8 } from './bytes.ts';
import { asSafetensors, asShards, modelTensors, smallModel } from './model-formats.ts';
import { expectRefusal } from './refusal.ts';

const index = 'model.safetensors.index.json';
const one = (name: string): WritableTensor => ({ name, shape: [1], data: Float32Array.of(1) });

function open(files: Readonly<Record<string, Uint8Array | string>>, name = index) {
  return openWeights(name, async (file) => {
    const bytes = files[file];
    if (bytes === undefined) throw new CheckpointError({ file }, 'no such file; check the path');
    return bytesSource(file, typeof bytes === 'string' ? utf8(bytes) : bytes);
  });
}

const map = (weight_map: unknown) => JSON.stringify({ weight_map });
const files = { 'a.safetensors': safetensorsBytes([one('p')]), 'b.safetensors': safetensorsBytes([one('q')]) };

async function refused(text: string, refusal: { file?: string; tensor?: string; message: string }): Promise<void> {
  await expectRefusal(() => open({ ...files, [index]: text }), { file: index, ...refusal });
}

describe('openShards', () => {
  it('gives the tensors of all files, each in its own source, and the fingerprint of a single file', async () => {
    const file = await open({ ...files, [index]: map({ q: 'b.safetensors', p: 'a.safetensors' }) });
    expect(Array.from(file.tensors.values(), ({ name, source }) => [name, source.name])).toEqual([
      ['p', 'a.safetensors'],
      ['q', 'b.safetensors'],
    ]);
    const tensors = modelTensors(smallModel);
    const single = await open({ 'model.safetensors': asSafetensors(tensors) }, 'model.safetensors');
    const sharded = await open(asShards(tensors, 3));
    expect(await fingerprintOfFile(sharded, smallModel)).toBe(await fingerprintOfFile(single, smallModel));
  });

  it('refuses an index and files that do not agree, by the tensor', async () => {
    const both = { p: 'a.safetensors', q: 'b.safetensors' };
    await refused(map({ ...both, r: 'b.safetensors' }), {
      tensor: 'r',
      message: 'expected in "b.safetensors", got no such tensor there',
    });
    await refused(map({ p: 'a.safetensors', r: 'b.safetensors' }), {
      file: 'b.safetensors',
      tensor: 'q',
      message: `expected in ${index} too, got no such entry`,
    });
    await refused(map({ p: 'b.safetensors', q: 'a.safetensors' }), {
      file: 'a.safetensors',
      tensor: 'p',
      message: 'expected in "b.safetensors", where the index has it',
    });
    await refused(map({ ...both, r: 'c.safetensors' }), {
      file: 'c.safetensors',
      message: 'no such file; check the path',
    });
  });

  it('refuses paths, other files and other JSON', async () => {
    for (const value of [
      '../a.safetensors',
      '/etc/passwd',
      'x/a.safetensors',
      '.safetensors',
      'a.gguf',
      index,
      '',
      'a\n.bin',
    ]) {
      const message = `"weight_map" expected the name of a file beside the index, got ${JSON.stringify(value)}`;
      await refused(map({ p: value }), { tensor: 'p', message });
    }
    await refused(map({ p: 1 }), {
      tensor: 'p',
      message: '"weight_map" expected the name of a file beside the index, got 1',
    });
    await refused('{}', { message: '"weight_map" expected an object of file names, got nothing' });
    await refused(map([]), { message: '"weight_map" expected an object of file names, got []' });
    await refused('[]', { message: '"weight_map" expected an object of file names, got nothing' });
    await refused('{', { message: 'JSON, line 1, column 2: expected a key in quotes, got the end of the text' });
    const many = Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [`t${i}`, `${i}.bin`]));
    await refused(map(many), { message: 'expected at most 1024 files, got 1025' });
  });
});
