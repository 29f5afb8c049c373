import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { parseConfig } from '../../src/checkpoint/config.ts';
import type { LoadProgress } from '../../src/checkpoint/load-assigned.ts';
import { loadWeights } from '../../src/checkpoint/load-weights.ts';
import type { Safetensors } from '../../src/checkpoint/safetensors.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import { tensorTable } from '../../src/checkpoint/tensor-table.ts';
import type { WritableTensor } from '../../src/checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';
import type { MambaConfig, Weights } from '../../src/reference/types.ts';
import { openGolden, readGolden } from '../golden.ts';
import { expectRefusal } from './refusal.ts';
import { smallConfig } from './small-config.ts';

const tied: MambaConfig = {
  vocabSize: 3,
  dModel: 2,
  nLayer: 2,
  dInner: 4,
  dState: 1,
  dConv: 2,
  dtRank: 1,
  normEps: 1e-5,
  useBias: false,
  useConvBias: true,
  tieWordEmbeddings: true,
};
const untied: MambaConfig = { ...tied, tieWordEmbeddings: false };

interface Writing {
  /** Which spelling of the embedding: 0 embedding, 1 embeddings. */
  readonly spelling?: 0 | 1;
  readonly single?: boolean;
  readonly prefix?: string;
}

/** Every tensor of the config; element i of the k-th tensor is k + i/1024, so that no two are alike. */
function tensorsOf(config: MambaConfig, { spelling = 0, single = true, prefix = '' }: Writing = {}): WritableTensor[] {
  return Array.from(tensorTable(config), ({ names, shape }, k) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const data = Float64Array.from({ length }, (_, i) => k + i / 1024);
    const name = prefix + (names[spelling] ?? names[0]!);
    return { name, shape, data: single ? Float32Array.from(data) : data };
  });
}

function fileOf(tensors: readonly WritableTensor[]): Promise<Safetensors> {
  return openSafetensors(bytesSource('m', safetensorsBytes(tensors)));
}

async function refused(
  tensors: readonly WritableTensor[],
  config: MambaConfig,
  refusal: { tensor: string; message: string },
): Promise<void> {
  const file = await fileOf(tensors);
  await expectRefusal(() => loadWeights(file, config), { file: 'm', ...refusal });
}

/** The weight that a slot of the table names. */
function weightAt(weights: Weights, field: string, layer: number | undefined): unknown {
  const place = layer === undefined ? weights : weights.layers[layer]!;
  return (place as unknown as Record<string, unknown>)[field];
}

describe('loadWeights', () => {
  it('puts every tensor of any config in its place, in float64, and leaves no field over', async () => {
    const writing: fc.Arbitrary<Writing> = fc.record({
      spelling: fc.constantFrom(0, 1),
      single: fc.boolean(),
      prefix: fc.constantFrom('', 'weights.'),
    });
    await fc.assert(
      fc.asyncProperty(smallConfig, writing, async (config, how) => {
        const tensors = tensorsOf(config, how);
        const weights = await loadWeights(await fileOf(tensors), config, { prefix: how.prefix! });
        const slots = [...tensorTable(config)];
        const wrong = slots.filter(
          ({ field, layer }, k) => !sameBytes(weightAt(weights, field, layer), tensors[k]!.data),
        );
        expect(wrong).toEqual([]);
        const found = [weights, ...weights.layers].reduce((sum, place) => sum + Object.keys(place).length, 0);
        expect(found).toBe(slots.length + 1); // `layers` itself
      }),
    );
  });

  it('loads the golden models under their prefix, beside the other tensors of those files', async () => {
    for (const name of ['mamba-a', 'mamba-b', 'mamba-c', 'falcon-a']) {
      const file = await openGolden(name);
      const { tensors } = await readGolden(name);
      const { config } = parseConfig(file.metadata.get('config')!, name);
      const weights = await loadWeights(file, config, { prefix: 'weights.' });
      expect(weights.layers).toHaveLength(config.nLayer);
      const golden = tensors.get('weights.backbone.layers.1.mixer.x_proj.weight')!;
      expect(weights.layers[1]!.xProjWeight).toEqual(golden.data);
      expect(weights.lmHeadWeight).toEqual(tensors.get('weights.lm_head.weight')?.data);
      expect('lmHeadWeight' in weights).toBe(!config.tieWordEmbeddings);
    }
  });

  it('reports each tensor as it is read, and bytes that end at their total', async () => {
    const tensors = tensorsOf(tied);
    const reports: LoadProgress[] = [];
    await loadWeights(await fileOf(tensors), tied, { onProgress: (progress) => reports.push(progress) });
    const sizes = tensors.map(({ data }) => (data as Float32Array).byteLength);
    const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    let loadedBytes = 0;
    const expected = tensors.map(({ name }, i) => {
      loadedBytes += sizes[i]!;
      return { tensor: name, loadedBytes, totalBytes };
    });
    expect(reports).toEqual(expected);
    expect(loadedBytes).toBe(totalBytes);
  });

  it('names the tensor that is missing, whichever it is', async () => {
    const tensors = tensorsOf(untied);
    for (const [i, { name, shape }] of tensors.entries()) {
      const others = i === 0 ? ' (nor "backbone.embeddings.weight")' : '';
      const message = `expected in the file with shape [${shape.join(', ')}], got no such tensor${others}`;
      await refused(tensors.toSpliced(i, 1), untied, { tensor: name, message });
    }
  });

  it('names the tensor of another shape, whichever it is, although its length fits', async () => {
    const tensors = tensorsOf(untied);
    for (const [i, tensor] of tensors.entries()) {
      const { name, shape } = tensor;
      const message = `expected shape [${shape.join(', ')}], got [${[1, ...shape].join(', ')}]`;
      await refused(tensors.with(i, { ...tensor, shape: [1, ...shape] }), untied, { tensor: name, message });
    }
    const { name } = tensors[0]!;
    for (const shape of [[2, 3], [6], [3], [3, 4], [4, 2], [3, 2, 1]]) {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      const message = `expected shape [3, 2], got [${shape.join(', ')}]`;
      await refused(tensors.with(0, { name, shape, data }), untied, { tensor: name, message });
    }
  });

  it('names the tensor that does not belong there', async () => {
    const extra: WritableTensor = { name: 'backbone.layers.2.norm.weight', shape: [2], data: new Float32Array(2) };
    const message = 'expected no such tensor in a model of this config, got one of shape [2]';
    await refused([...tensorsOf(tied), extra], tied, { tensor: extra.name, message });
  });

  it('with a prefix looks at the tensors that begin with it only', async () => {
    const other: WritableTensor = { name: 'logits', shape: [1], data: new Float32Array(1) };
    const prefix = 'weights.';
    const file = await fileOf([...tensorsOf(tied, { prefix }), other]);
    expect((await loadWeights(file, tied, { prefix })).layers).toHaveLength(2);
    const extra = await fileOf([...tensorsOf(tied, { prefix }), { ...other, name: 'weights.logits' }]);
    await expectRefusal(() => loadWeights(extra, tied, { prefix }), {
      file: 'm',
      tensor: 'weights.logits',
      message: 'expected no such tensor in a model of this config, got one of shape [1]',
    });
  });

  it('refuses an embedding under both of its names', async () => {
    const tensors = tensorsOf(tied);
    const twice = [...tensors, { ...tensors[0]!, name: 'backbone.embeddings.weight' }];
    const message = 'expected once, got it under the name "backbone.embeddings.weight" too';
    await refused(twice, tied, { tensor: 'backbone.embedding.weight', message });
  });

  it('refuses weights that are no floats', async () => {
    const tensors = tensorsOf(tied);
    const integers = tensors.with(1, { ...tensors[1]!, data: BigInt64Array.of(1n, 2n) });
    const message = 'expected dtype F64, F32, F16 or BF16, got I64';
    await refused(integers, tied, { tensor: 'backbone.layers.0.norm.weight', message });
  });

  it('reads no tensor before all names and shapes are checked', async () => {
    const file = await fileOf(tensorsOf(tied).slice(0, -1));
    const read = () => expect.fail('read too early');
    const unread = Array.from(
      file.tensors,
      ([name, tensor]) => [name, { ...tensor, source: { ...tensor.source, read } }] as const,
    );
    await expect(loadWeights({ ...file, tensors: new Map(unread) }, tied)).rejects.toThrow('norm_f');
  });

  it('stops at the first missing layer of a config that claims two billion', async () => {
    const tensor = 'backbone.layers.2.norm.weight';
    const message = 'expected in the file with shape [2], got no such tensor';
    await refused(tensorsOf(tied), { ...tied, nLayer: 2 ** 31 - 1 }, { tensor, message });
  });
});

describe('loadWeights, with a head beside a tied embedding', () => {
  const tensors = tensorsOf(tied);
  const values = tensors[0]!.data as Float32Array;
  const head = (data: Float32Array, shape = [3, 2]): WritableTensor => ({ name: 'lm_head.weight', shape, data });

  it('takes a head that equals it, NaN included, and leaves it out', async () => {
    const odd = Float32Array.from(values).fill(Number.NaN, 0, 1);
    for (const embedding of [values, odd]) {
      const all = [...tensors.with(0, { ...tensors[0]!, data: embedding }), head(embedding)];
      expect('lmHeadWeight' in (await loadWeights(await fileOf(all), tied))).toBe(false);
    }
  });

  it('refuses a head with another value, the last one too', async () => {
    for (const i of [0, 5]) {
      const got = `9 instead of ${values[i]} at ${i}`;
      const message = `expected the embedding's values, as the config ties the head to it, got ${got}`;
      await refused([...tensors, head(values.with(i, 9))], tied, { tensor: 'lm_head.weight', message });
    }
  });

  it('refuses a head of another shape', async () => {
    const message = 'expected shape [3, 2], got [2, 3]';
    await refused([...tensors, head(values, [2, 3])], tied, { tensor: 'lm_head.weight', message });
  });

  it('finds it under a prefix', async () => {
    const prefix = 'weights.';
    const file = await fileOf([...tensorsOf(tied, { prefix }), { ...head(values), name: 'weights.lm_head.weight' }]);
    expect('lmHeadWeight' in (await loadWeights(file, tied, { prefix }))).toBe(false);
  });
});

/** Whether `actual` is a Float64Array of the numbers of `written`, bit for bit. */
function sameBytes(actual: unknown, written: WritableTensor['data']): boolean {
  if (!(actual instanceof Float64Array)) return false;
  const expected = Float64Array.from(written as Float32Array);
  return Buffer.compare(new Uint8Array(actual.buffer), new Uint8Array(expected.buffer)) === 0;
}
