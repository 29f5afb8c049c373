/**
 * Engines from files of different formats: the same numbers to compute with, whatever the logarithm of A loses, and
 * GGUF's blocks as they are.
 */
import { expect, test } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { numberToFloat16 } from '../../src/checkpoint/half.ts';
import { openWeights } from '../../src/checkpoint/open-weights.ts';
import { readTensor } from '../../src/checkpoint/read-tensor.ts';
import type { TensorFile } from '../../src/checkpoint/tensor-file.ts';
import { fileWeights } from '../../src/checkpoint/weight-source.ts';
import type { WeightDtype } from '../../src/engine/backend.ts';
import { createEngineModel } from '../../src/engine/engine-model.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { createWasmBackend } from '../../src/wasm/backend.ts';
import { nodeHost } from '../../src/wasm/host.node.ts';
import { joined, u16 } from '../checkpoint/bytes.ts';
import type { ModelTensor } from '../checkpoint/model-formats.ts';
import { asGguf, asSafetensors, asTorch, modelTensors, smallModel } from '../checkpoint/model-formats.ts';

const open = (name: string, bytes: Uint8Array) => openWeights(name, async () => bytesSource(name, bytes));

async function logits(file: TensorFile, dtype: WeightDtype): Promise<Float32Array> {
  const backend = await createWasmBackend(nodeHost, { threads: 1 });
  const stages = [{ backend, from: 0, to: smallModel.nLayer }];
  const engine = await loadEngine(smallModel, await fileWeights(file, smallModel), stages, { dtype });
  const found = Float32Array.from(await createEngineModel(engine).prefill([1, 2, 6, 0, 3]));
  engine.dispose();
  return found;
}

/** A_log between −1 and 1, where it does not come back from A. */
function withSmallDecay(tensors: readonly ModelTensor[]): ModelTensor[] {
  return tensors.map((tensor) => {
    return tensor.name.endsWith('A_log') ? { ...tensor, numbers: tensor.numbers.map((x) => x - 2) } : tensor;
  });
}

test('an engine computes the same bits from safetensors, PyTorch and GGUF, for any A_log', async () => {
  const tensors = withSmallDecay(modelTensors(smallModel, 7));
  for (const dtype of ['f32', 'bf16', 'q8_0'] as const) {
    const expected = await logits(await open('m.safetensors', asSafetensors(tensors)), dtype);
    expect(await logits(await open('m.bin', asTorch(tensors)), dtype)).toEqual(expected);
    expect(await logits(await open('m.gguf', asGguf(smallModel, tensors)), dtype)).toEqual(expected);
  }
});

/** As ggml quantises: the largest of a block becomes ±127. */
function asQ8(numbers: Float32Array) {
  const blocks = [];
  for (let at = 0; at < numbers.length; at += 32) {
    const block = numbers.subarray(at, at + 32);
    const d = Math.fround(block.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127);
    blocks.push(
      u16(numberToFloat16(d)),
      Uint8Array.from(block, (x) => Math.round(x / d)),
    );
  }
  return { type: 8, data: joined(blocks) };
}

test('blocks of GGUF’s q8_0 are in an engine’s q8_0 what they were in the file', async () => {
  const file = await open('m.gguf', asGguf(smallModel, modelTensors(smallModel, 3), asQ8));
  const backend = await createWasmBackend(nodeHost, { threads: 1 });
  for (const name of ['token_embd.weight', 'blk.1.ssm_in.weight', 'blk.0.ssm_out.weight']) {
    const tensor = file.tensors.get(name)!;
    const [rows, width] = tensor.shape as [number, number];
    expect(tensor.dtype).toBe('Q8_0');
    const numbers = (await readTensor(file, name)) as Float32Array;
    const weight = backend.matrix(name, rows, width, 'q8_0');
    const ids = backend.integers('ids', rows);
    const cell = backend.floats('out', rows * width);
    backend.writeRows(weight, 0, numbers);
    backend.write(
      ids,
      Uint32Array.from({ length: rows }, (_, i) => i),
    );
    backend.embed({ out: { cell, offset: 0, stride: width }, ids, weight, rows });
    expect((await backend.read(cell)).map((x) => x + 0)).toEqual(numbers.map((x) => x + 0)); // −0 becomes 0
  }
  backend.dispose();
});
