import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import type { LoadProgress } from '../../src/checkpoint/load-assigned.ts';
import { loadGptNeoWeights } from '../../src/checkpoint/load-weights-gpt-neo.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import type { TensorFile } from '../../src/checkpoint/tensor-file.ts';
import { gptNeoTable } from '../../src/checkpoint/tensor-table-gpt-neo.ts';
import type { WritableTensor } from '../../src/checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';
import type { GptNeoConfig } from '../../src/reference/gpt-neo-types.ts';
import { openGolden, readGolden } from '../golden.ts';
import { gptNeoConfigOf } from '../golden-model.ts';
import { expectRefusal } from './refusal.ts';

const config: GptNeoConfig = {
  ...{ vocabSize: 3, maxPositions: 5, hiddenSize: 2, nLayer: 2, nHead: 1, intermediateSize: 8, windowSize: 4 },
  ...{ attentionKinds: ['global', 'local'], normEps: 1e-5 },
};

/** Element i of the k-th tensor is k + i/1024, so that no two are alike. */
const tensors = Array.from(gptNeoTable(config), ({ name, shape }, k): WritableTensor => {
  const length = shape.reduce((product, size) => product * size, 1);
  return { name, shape, data: Float32Array.from({ length }, (_, i) => k + i / 1024) };
});
const bare = tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace('transformer.', '') }));
const head = { ...tensors[0]!, name: 'lm_head.weight' };

function fileOf(written: readonly WritableTensor[]): Promise<TensorFile> {
  return openSafetensors(bytesSource('m', safetensorsBytes(written)));
}

async function refused(
  written: readonly WritableTensor[],
  refusal: { tensor: string; message: string },
): Promise<void> {
  const file = await fileOf(written);
  await expectRefusal(() => loadGptNeoWeights(file, config), { file: 'm', ...refusal });
}

describe('loadGptNeoWeights', () => {
  it('puts every tensor of the table into its place, widened exactly, and says so', async () => {
    const reports: LoadProgress[] = [];
    const weights = await loadGptNeoWeights(await fileOf(tensors), config, {
      onProgress: (said) => reports.push(said),
    });
    expect(weights.layers).toHaveLength(2);
    for (const [k, { field, layer }] of [...gptNeoTable(config)].entries()) {
      const place = (layer === undefined ? weights : weights.layers[layer]!) as unknown as Record<string, unknown>;
      expect(place[field]).toEqual(Float64Array.from(tensors[k]!.data as Float32Array));
    }
    expect(reports.map(({ tensor }) => tensor)).toEqual(tensors.map(({ name }) => name));
    expect(reports.at(-1)!.loadedBytes).toBe(reports.at(-1)!.totalBytes);
  });

  it.each(['gptneo-a', 'gptneo-b'])('%s: gives the golden its weights', async (name) => {
    const golden = await readGolden(name);
    const weights = await loadGptNeoWeights(await openGolden(name), gptNeoConfigOf(golden), { prefix: 'weights.' });
    const expected = (tensor: string) => golden.tensors.get(`weights.transformer.${tensor}`)!.data;
    expect(weights.wteWeight).toEqual(expected('wte.weight'));
    expect(weights.wpeWeight).toEqual(expected('wpe.weight'));
    expect(weights.layers[1]!.outProjBias).toEqual(expected('h.1.attn.attention.out_proj.bias'));
    expect(weights.lnFBias).toEqual(expected('ln_f.bias'));
  });

  it('names the tensor that is missing, or of another shape although its length fits, whichever it is', async () => {
    for (const [i, tensor] of tensors.entries()) {
      const { name, shape } = tensor;
      const wanted = `[${shape.join(', ')}]`;
      const missing = `expected in the file with shape ${wanted}, got no such tensor`;
      await refused(tensors.toSpliced(i, 1), { tensor: name, message: missing });
      const other = { ...tensor, shape: [...shape, 1] };
      const message = `expected shape ${wanted}, got [${other.shape.join(', ')}]`;
      await refused(tensors.with(i, other), { tensor: name, message });
    }
  });

  it('names the tensor that does not belong there: a third layer, a bias of q, a head of its own', async () => {
    const names = ['h.2.ln_1.weight', 'h.0.attn.attention.q_proj.bias', 'h.0.attn.bias', 'lm_head.bias'];
    for (const name of names) {
      const extra = { name: `transformer.${name}`, shape: [2], data: new Float32Array(2) };
      const message = 'expected no such tensor in a model of this config, got one of shape [2]';
      await refused([...tensors, extra], { tensor: extra.name, message });
    }
  });

  it('leaves out the masks that old files hold, of whatever type', async () => {
    const bytes = new Uint8Array(25).fill(1);
    const masks: WritableTensor[] = (['U8', 'BOOL'] as const).flatMap((dtype, layer) => [
      { name: `transformer.h.${layer}.attn.attention.bias`, shape: [1, 1, 5, 5], data: { dtype, bytes } },
      { name: `transformer.h.${layer}.attn.attention.masked_bias`, shape: [], data: Float32Array.of(-1e9) },
    ]);
    const expected = await loadGptNeoWeights(await fileOf(tensors), config);
    expect(await loadGptNeoWeights(await fileOf([...tensors, ...masks]), config)).toEqual(expected);
    const bareMasks = masks.map((mask) => ({ ...mask, name: mask.name.replace('transformer.', '') }));
    expect(await loadGptNeoWeights(await fileOf([...bare, ...bareMasks]), config)).toEqual(expected);
  });

  it('takes a head that equals the table of tokens, and refuses another by its first other value', async () => {
    const expected = await loadGptNeoWeights(await fileOf(tensors), config);
    expect(await loadGptNeoWeights(await fileOf([...tensors, head]), config)).toEqual(expected);
    const data = (head.data as Float32Array).with(4, 9);
    const got = `9 instead of ${Math.fround(4 / 1024)} at 4`;
    const message = `expected the embedding's values, as the config ties the head to it, got ${got}`;
    await refused([...tensors, { ...head, data }], { tensor: head.name, message });
    await refused([...tensors, { ...head, shape: [2, 3] }], {
      tensor: head.name,
      message: 'expected shape [3, 2], got [2, 3]',
    });
  });

  it('takes a file without "transformer." before any name, and refuses one that has it before some', async () => {
    const expected = await loadGptNeoWeights(await fileOf(tensors), config);
    expect(await loadGptNeoWeights(await fileOf([...bare, head]), config)).toEqual(expected);
    const prefixed = [...bare, head].map((tensor) => ({ ...tensor, name: `weights.${tensor.name}` }));
    const other = { ...head, name: 'transformer.logits' };
    const file = await fileOf([...prefixed, other]);
    expect(await loadGptNeoWeights(file, config, { prefix: 'weights.' })).toEqual(expected);

    const message = 'expected in the file with shape [5, 2], got no such tensor';
    await refused(tensors.with(1, bare[1]!), { tensor: 'transformer.wpe.weight', message });
    await refused([...bare.slice(0, 1), ...bare.slice(2)], { tensor: 'wpe.weight', message });
  });

  it('stops at the first missing layer of a config that claims two billion', async () => {
    const file = await fileOf(tensors);
    const endless = { ...config, nLayer: 2 ** 31 - 1 };
    await expectRefusal(() => loadGptNeoWeights(file, endless), {
      ...{ file: 'm', tensor: 'transformer.h.2.ln_1.weight' },
      message: 'expected in the file with shape [2], got no such tensor',
    });
  });

  it('refuses GGUF, in which nobody has named its tensors', async () => {
    const file: TensorFile = { ...(await fileOf(tensors)), dialect: 'gguf' };
    await expect(loadGptNeoWeights(file, config)).rejects.toThrow(
      'expected a GPT-Neo as safetensors or pytorch_model.bin, got GGUF, which has no names for its tensors',
    );
  });
});
