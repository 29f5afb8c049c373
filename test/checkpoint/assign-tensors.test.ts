import { describe, expect, it } from 'vitest';
import { assignTensors } from '../../src/checkpoint/assign-tensors.ts';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { loadWeights } from '../../src/checkpoint/load-weights.ts';
import { openWeights } from '../../src/checkpoint/open-weights.ts';
import { mambaPlan } from '../../src/checkpoint/tensor-table.ts';
import { f32 } from './bytes.ts';
import { ggufBytes } from './gguf-writer.ts';
import { asTorch, ggufMetadata, modelTensors, smallModel } from './model-formats.ts';
import { expectRefusal } from './refusal.ts';
import { torchBytes } from './torch-writer.ts';

const open = (name: string, bytes: Uint8Array) => openWeights(name, async () => bytesSource(name, bytes));
const tensors = modelTensors(smallModel);
const parts = tensors.map(({ ggufName, ggufShape, numbers }) => {
  const data = f32(...(ggufName.endsWith('ssm_a') ? numbers.map((x) => -Math.exp(x)) : numbers));
  return { name: ggufName, shape: ggufShape, type: 0, data };
});

async function refused(gguf: typeof parts, refusal: { tensor: string; message: string }): Promise<void> {
  const file = await open('m.gguf', ggufBytes(ggufMetadata(smallModel), gguf));
  await expectRefusal(() => assignTensors(file, mambaPlan(smallModel, file.dialect), ''), {
    file: 'm.gguf',
    ...refusal,
  });
}

describe('assignTensors, by GGUF’s names and shapes', () => {
  it('names the tensor that is missing, and its shape, whichever it is', async () => {
    for (const [i, { name, shape }] of parts.entries()) {
      const message = `expected in the file with shape [${shape.join(', ')}], got no such tensor`;
      await refused(parts.toSpliced(i, 1), { tensor: name, message });
    }
  });

  it('names the tensor of another shape, PyTorch’s of the convolution too', async () => {
    const at = parts.findIndex(({ name }) => name === 'blk.1.ssm_conv1d.weight');
    const wrong = { ...parts[at]!, shape: [64, 1, 3] };
    await refused(parts.with(at, wrong), { tensor: wrong.name, message: 'expected shape [64, 3], got [64, 1, 3]' });
  });

  it('names the tensor that is too many', async () => {
    const other = { name: 'blk.0.ffn_up.weight', shape: [1], type: 0, data: f32(1) };
    const message = 'expected no such tensor in a model of this config, got one of shape [1]';
    await refused([...parts, other], { tensor: other.name, message });
    const third = { ...other, name: 'blk.2.ssm_d' };
    await refused([...parts, third], { tensor: third.name, message });
  });

  it('takes an output that equals a tied embedding, and refuses another', async () => {
    const output = { ...parts[0]!, name: 'output.weight' };
    const load = async (data: Uint8Array) => {
      const bytes = ggufBytes(ggufMetadata(smallModel), [...parts, { ...output, data }]);
      return loadWeights(await open('m.gguf', bytes), smallModel);
    };
    expect('lmHeadWeight' in (await load(output.data))).toBe(false);
    await expect(load(output.data.map((byte) => byte ^ 1))).rejects.toThrow('"output.weight": expected the embedding');
  });

  it('refuses an A that is no −exp', async () => {
    const at = parts.findIndex(({ name }) => name === 'blk.0.ssm_a');
    const data = parts[at]!.data.slice();
    data.set(f32(0.5), 4);
    const file = await open('m.gguf', ggufBytes(ggufMetadata(smallModel), parts.with(at, { ...parts[at]!, data })));
    await expect(loadWeights(file, smallModel)).rejects.toThrow(
      'm.gguf: tensor "blk.0.ssm_a": expected finite numbers below 0 (−exp of A_log), got 0.5 at 1',
    );
  });
});

describe('assignTensors', () => {
  it('does not mind counters of integers beside the weights', async () => {
    const torch = tensors.map(({ name, shape, numbers }) => ({ name, shape, data: f32(...numbers) }));
    const counter = { name: 'steps', shape: [1], data: new Uint8Array(8), storage: 'Long' } as const;
    const file = await open('m.bin', torchBytes([...torch, counter]));
    const expected = await loadWeights(await open('m.bin', asTorch(tensors)), smallModel);
    expect(await loadWeights(file, smallModel)).toEqual(expected);
  });
});
