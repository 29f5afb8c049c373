/**
 * The weights of a model as model.safetensors, under transformers' names, a piece of a tensor at a time.
 */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { MambaConfig } from '../reference/types.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { WritableDtype } from './encode-floats.ts';
import { encodeFloats } from './encode-floats.ts';
import type { TensorSlot } from './tensor-table.ts';
import { tensorTable } from './tensor-table.ts';
import type { WeightSource } from './weight-source.ts';
import { rowsOf } from './weight-source.ts';
import type { TensorHeading } from './write-safetensors.ts';
import { fileOrder, safetensorsHead } from './write-safetensors.ts';

export interface WriteWatch {
  readonly signal?: AbortSignal | undefined;
  /** Numbers written so far, and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told once, of the first number that is NaN or infinite, by the name of its tensor in the file. */
  readonly onNotFinite?: ((tensor: string, value: number) => void) | undefined;
}

/** Numbers converted at a time. */
const pieceLength = 2 ** 20;

type Heading = TensorHeading & { readonly slot: TensorSlot; readonly dtype: WritableDtype };

/**
 * Writes the file. Matrices get the dtype; vectors, the convolution, A_log and D stay F32, as engines hold them.
 * @throws CheckpointError (as a rejection) when a number is too large for the dtype
 */
export async function writeModel(
  path: string,
  config: MambaConfig,
  source: WeightSource,
  dtype: WritableDtype,
  { signal, onProgress, onNotFinite }: WriteWatch = {},
): Promise<void> {
  const headings = Array.from(tensorTable(config), (slot): Heading => {
    const { names, shape } = slot;
    return { slot, name: names.at(-1)!, shape, dtype: isMatrix(slot) ? dtype : 'F32' };
  }).sort(fileOrder);
  const total = headings.reduce((sum, { slot }) => sum + rowsOf(slot).rows * rowsOf(slot).width, 0);
  let done = 0;
  let told = onNotFinite === undefined;
  const file = await open(path, 'wx');
  try {
    await append(file, safetensorsHead(headings, new Map([['format', 'pt']]))); // transformers asks for it
    for (const heading of headings) {
      for await (const { bytes, numbers } of piecesOf(heading, source, path)) {
        const bad = told ? undefined : firstNotFinite(numbers);
        if (bad !== undefined) onNotFinite?.(heading.name, bad);
        told ||= bad !== undefined;
        await append(file, bytes);
        signal?.throwIfAborted();
        done += numbers.length;
        onProgress?.(done, total);
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Matrices of a layer, embedding and head. */
function isMatrix({ shape, field }: TensorSlot): boolean {
  return shape.length === 2 && field !== 'aLog';
}

async function* piecesOf({ slot, name, dtype }: Heading, source: WeightSource, file: string) {
  const { rows, width } = rowsOf(slot);
  const step = Math.max(1, Math.floor(pieceLength / width));
  for (let row = 0; row < rows; row += step) {
    const numbers = await source.read(slot, row, Math.min(rows, row + step));
    const tooLarge = dtype === 'F16' ? numbers.find((x) => Math.abs(x) >= 65520 && Math.abs(x) < Infinity) : undefined;
    if (tooLarge !== undefined) {
      const problem = `expected numbers that round to a float16 (below 65520), got ${tooLarge}; take bf16 or f32`;
      throw new CheckpointError({ file, tensor: name }, problem);
    }
    yield { bytes: encodeFloats(numbers, dtype), numbers };
  }
}

/** x − x is 0 for finite numbers alone. (measured: 3 ns a number, with Number.isFinite 10) */
function firstNotFinite(numbers: Float32Array): number | undefined {
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]!;
    if (x - x !== 0) return x;
  }
  return undefined;
}

async function append(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}
