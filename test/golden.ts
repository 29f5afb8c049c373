/**
 * The golden files of test/golden (its README says where they come from), read with the project's own reader.
 */
import { readFile } from 'node:fs/promises';
import { bytesSource } from '../src/checkpoint/byte-source.ts';
import { readTensor } from '../src/checkpoint/read-tensor.ts';
import type { Safetensors } from '../src/checkpoint/safetensors.ts';
import { openSafetensors } from '../src/checkpoint/safetensors.ts';

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array; // token ids too
}

export interface Golden {
  readonly tensors: ReadonlyMap<string, GoldenTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Opens `test/golden/NAME.safetensors`. */
export async function openGolden(name: string): Promise<Safetensors> {
  const url = new URL(`./golden/${name}.safetensors`, import.meta.url);
  return openSafetensors(bytesSource(`${name}.safetensors`, await readFile(url)));
}

/** Reads every tensor of `test/golden/NAME.safetensors`; integers become numbers. */
export async function readGolden(name: string): Promise<Golden> {
  const file = await openGolden(name);
  const tensors = new Map<string, GoldenTensor>();
  for (const { name: tensor, shape } of file.tensors.values()) {
    const data = await readTensor(file, tensor);
    tensors.set(tensor, { shape, data: Float64Array.from(data, Number) });
  }
  return { tensors, metadata: file.metadata };
}
