import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import type { ConvertOptions } from '../../src/checkpoint/convert.node.ts';
import { convertModel } from '../../src/checkpoint/convert.node.ts';
import { lockFolder } from '../../src/checkpoint/convert-lock.node.ts';
import { loadFolder } from '../../src/checkpoint/load-folder.node.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import { toBfloat16, toFloat16 } from '../../src/oracle/rounding.ts';
import type { MambaConfig } from '../../src/reference/types.ts';
import type { ModelTensor } from './model-formats.ts';
import { asGguf, asTorch, configText, modelTensors, smallModel } from './model-formats.ts';
import { expectRefusal } from './refusal.ts';

const untied: MambaConfig = { ...smallModel, tieWordEmbeddings: false, useBias: true, vocabSize: 5 };
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mamba-ts-convert-'));
});
afterAll(() => rm(root, { recursive: true }));

let folders = 0;
async function inputOf(config: MambaConfig, tensors: readonly ModelTensor[] = modelTensors(config)): Promise<string> {
  const path = join(root, `in-${++folders}`);
  await mkdir(path);
  await writeFile(join(path, 'config.json'), configText(config));
  await writeFile(join(path, 'tokenizer.json'), '{"a":1}');
  await writeFile(join(path, 'pytorch_model.bin'), asTorch(tensors));
  return path;
}

async function converted(input: string, options: ConvertOptions = {}): Promise<string> {
  const output = join(root, 'deep', `out-${++folders}`);
  await convertModel(input, output, options);
  return output;
}

describe('convertModel', () => {
  it('gives back every weight bit for bit in f32, and the config: tied and untied, from PyTorch and from GGUF', async () => {
    for (const config of [smallModel, untied]) {
      const input = await inputOf(config);
      const output = await converted(input);
      const [from, to] = [await loadFolder(input), await loadFolder(output)];
      expect(to.weights).toEqual(from.weights);
      expect(to.config).toEqual(from.config);
      expect(to.tokenizerJson).toBe(from.tokenizerJson);
      expect((await readdir(output)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    }
    const gguf = join(root, 'small.gguf');
    await writeFile(gguf, asGguf(smallModel, modelTensors(smallModel)));
    const output = await converted(gguf, { fallbackTokenizer: async () => '{}' });
    const expected = await loadFolder(await inputOf(smallModel));
    expect((await loadFolder(output)).weights).toEqual(expected.weights);
  });

  it('writes what transformers reads: its names and no others, its fields, the format in the metadata', async () => {
    const output = await converted(await inputOf(untied), { dtype: 'bf16' });
    const bytes = await readFile(join(output, 'model.safetensors'));
    const file = await openSafetensors(bytesSource('m', bytes));
    expect([...file.metadata]).toEqual([['format', 'pt']]);
    expect([...file.tensors.keys()].sort()).toEqual(
      modelTensors(untied)
        .map(({ name }) => name)
        .sort(),
    );
    expect(file.tensors.has('backbone.embeddings.weight')).toBe(true);
    const json = JSON.parse(await readFile(join(output, 'config.json'), 'utf8'));
    expect(json).toEqual({
      architectures: ['MambaForCausalLM'],
      model_type: 'mamba',
      vocab_size: 5,
      hidden_size: 32,
      intermediate_size: 64,
      num_hidden_layers: 2,
      state_size: 4,
      conv_kernel: 3,
      expand: 2,
      time_step_rank: 2,
      layer_norm_epsilon: 1e-5,
      hidden_act: 'silu',
      use_bias: true,
      use_conv_bias: true,
      residual_in_fp32: true,
      tie_word_embeddings: false,
      torch_dtype: 'bfloat16',
      bos_token_id: null,
      eos_token_id: null,
    });
  });

  it('rounds matrices to nearest in bf16 and f16, and nothing else', async () => {
    const tensors = modelTensors(smallModel);
    const input = await inputOf(smallModel, tensors);
    for (const [dtype, stored, round] of [
      ['bf16', 'BF16', toBfloat16],
      ['f16', 'F16', toFloat16],
    ] as const) {
      const output = await converted(input, { dtype });
      const file = await openSafetensors(bytesSource('m', await readFile(join(output, 'model.safetensors'))));
      const { weights } = await loadFolder(output);
      const matrix = tensors.find(({ name }) => name === 'backbone.layers.1.mixer.x_proj.weight')!.numbers;
      const aLog = tensors.find(({ name }) => name === 'backbone.layers.1.mixer.A_log')!.numbers;
      expect(weights.layers[1]!.xProjWeight).toEqual(Float64Array.from(matrix, (x) => round(x)));
      expect(weights.layers[1]!.aLog).toEqual(Float64Array.from(aLog));
      expect(file.tensors.get('backbone.layers.1.mixer.x_proj.weight')!.dtype).toBe(stored);
      expect(file.tensors.get('backbone.layers.1.mixer.conv1d.weight')!.dtype).toBe('F32');
    }
  });

  it('says how far it is, and leaves nothing behind when it is interrupted', async () => {
    const input = await inputOf(smallModel);
    const reports: number[][] = [];
    await converted(input, { onProgress: (done, total) => reports.push([done, total]) });
    const total = modelTensors(smallModel).reduce((sum, { numbers }) => sum + numbers.length, 0);
    expect(reports).toHaveLength(modelTensors(smallModel).length);
    expect(reports.at(-1)).toEqual([total, total]);

    const abort = new AbortController();
    const output = join(root, 'aborted', 'deep', 'er');
    const options = { signal: abort.signal, onProgress: () => abort.abort() };
    await expect(convertModel(input, output, options)).rejects.toThrow('aborted');
    expect(await readdir(root)).not.toContain('aborted');
  });

  it('refuses a folder that has a model, or a part of one, and leaves it as it was', async () => {
    const input = await inputOf(smallModel);
    for (const file of ['config.json', 'tokenizer.json', 'model.safetensors', 'pytorch_model.bin', 'a.gguf']) {
      const output = join(root, `taken-${file}`);
      await mkdir(output);
      await writeFile(join(output, file), 'mine');
      const message = `expected a folder without a model, got one with ${file}; name another, or remove it first`;
      await expectRefusal(() => convertModel(input, output), { file: output, message });
      expect(await readFile(join(output, file), 'utf8')).toBe('mine');
    }
    const file = join(input, 'config.json');
    await expectRefusal(() => convertModel(input, file), { file, message: 'expected a folder, got something else' });
    const output = join(root, 'two-gguf');
    await mkdir(output);
    for (const name of ['a.gguf', 'b.GGUF']) await writeFile(join(output, name), 'mine');
    const message = 'expected a folder without a model, got one with a.gguf; name another, or remove it first';
    await expectRefusal(() => convertModel(input, output), { file: output, message });
  });

  // Node's recursive mkdir never comes back from this.
  it.runIf(existsSync('/proc/self'))('ends where no folder can be made', async () => {
    const file = '/proc/mamba-ts/a';
    const input = await inputOf(smallModel);
    await expectRefusal(() => convertModel(input, file), { file, message: 'cannot be written (ENOENT)' });
  });

  it('of several at once into one folder one succeeds, the others are refused, and nothing is mixed', async () => {
    const output = join(root, 'race');
    const dtypes = ['f32', 'bf16', 'f16', 'bf16'] as const;
    const inputs = await Promise.all(dtypes.map(() => inputOf(smallModel)));
    const results = await Promise.allSettled(dtypes.map((dtype, i) => convertModel(inputs[i]!, output, { dtype })));
    const done = dtypes.filter((_, i) => results[i]!.status === 'fulfilled');
    expect(done).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(CheckpointError);
    }
    expect((await readdir(output)).toSorted()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    const file = await openSafetensors(bytesSource('m', await readFile(join(output, 'model.safetensors'))));
    const stored = { f32: 'F32', bf16: 'BF16', f16: 'F16' }[done[0]!];
    expect(file.tensors.get('backbone.embeddings.weight')!.dtype).toBe(stored);
  });

  it('begun while another one is at work is refused in one line, and goes once that one has gone', async () => {
    const [input, output] = [await inputOf(smallModel), join(root, 'second')];
    await mkdir(output);
    const lock = await lockFolder(output);
    const path = join(output, '.mamba-ts-convert.lock');
    const got = `got that of process ${process.pid}; wait for it, or if it is gone remove ${path}`;
    const message = `expected no other conversion into it, ${got}`;
    await expectRefusal(() => convertModel(input, output), { file: output, message });
    expect(await readdir(output)).toEqual(['.mamba-ts-convert.lock']);
    await lock.release();
    await convertModel(input, output);
    expect(await readdir(output)).toContain('config.json');
  });

  it('does not give its files their names when its lock was taken away', async () => {
    const [input, output] = [await inputOf(smallModel), join(root, 'lost')];
    const path = join(output, '.mamba-ts-convert.lock');
    const onProgress = () => writeFileSync(path, 'somebody else');
    await expect(convertModel(input, output, { onProgress })).rejects.toThrow('expected no other conversion into it');
    expect(await readdir(output)).toEqual(['.mamba-ts-convert.lock']);
  });

  it('refuses an empty name, which would be the working folder', async () => {
    await expect(convertModel('nowhere', '')).rejects.toThrow('"output" expected a folder to write, got ""');
  });

  it('refuses numbers that float16 does not have, and says what to take instead', async () => {
    const tensors = modelTensors(smallModel);
    tensors[0]!.numbers[3] = 65520;
    const output = join(root, 'too-large');
    const error = await convertModel(await inputOf(smallModel, tensors), output, { dtype: 'f16' }).catch((e) => e);
    expect(error.message).toContain('tensor "backbone.embeddings.weight": expected numbers that round to a float16');
    expect(error.message).toContain('got 65520; take bf16 or f32');
    expect(await readdir(root)).not.toContain('too-large');
  });

  it('writes NaN and infinities as they are, and names the first tensor that has one, once', async () => {
    const tensors = modelTensors(smallModel);
    const [early, late] = ['backbone.layers.0.mixer.out_proj.weight', 'backbone.layers.1.mixer.out_proj.weight'];
    tensors.find(({ name }) => name === late)!.numbers[1] = Number.POSITIVE_INFINITY;
    const input = await inputOf(smallModel, tensors);
    const told: unknown[] = [];
    const onNotFinite = (tensor: string, value: number) => told.push([tensor, value]);
    await converted(input, { onNotFinite });
    expect(told).toEqual([[late, Number.POSITIVE_INFINITY]]);
    tensors.find(({ name }) => name === early)!.numbers[2] = Number.NaN;
    const output = await converted(await inputOf(smallModel, tensors), { onNotFinite });
    expect(told.slice(1)).toEqual([[early, Number.NaN]]);
    const { weights } = await loadFolder(output);
    expect([weights.layers[0]!.outProjWeight[2], weights.layers[1]!.outProjWeight[1]]).toEqual([Number.NaN, Infinity]);
    await converted(await inputOf(smallModel), { onNotFinite });
    expect(told).toHaveLength(2);
  });

  it('refuses a dtype that there is not', async () => {
    const options = { dtype: 'q8_0' } as unknown as ConvertOptions;
    await expect(convertModel('nowhere', 'nowhere', options)).rejects.toThrow('"dtype" expected f32, bf16 or f16');
  });
});
