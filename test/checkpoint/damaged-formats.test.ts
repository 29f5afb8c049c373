/**
 * Mutants of small files of every format: opened, and every tensor of them read. FORMAT_MUTANTS says how many in all; by
 * default 40,000, in CI 500,000, on demand 10,000,000.
 */
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { ggufConfig } from '../../src/checkpoint/config-gguf.ts';
import { openGguf } from '../../src/checkpoint/gguf.ts';
import { readPickle } from '../../src/checkpoint/pickle.ts';
import { readTensor } from '../../src/checkpoint/read-tensor.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import type { TensorFile } from '../../src/checkpoint/tensor-file.ts';
import { openTorchFile } from '../../src/checkpoint/torch-file.ts';
import { torchRules } from '../../src/checkpoint/torch-pickle.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';
import { f32 } from './bytes.ts';
import { ggufBytes } from './gguf-writer.ts';
import { ggufMetadata, smallModel } from './model-formats.ts';
import { generator, mutant } from './mutants.ts';
import type { TorchParts } from './torch-writer.ts';
import { statePickle, torchBytes } from './torch-writer.ts';

const { FORMAT_MUTANTS, FORMAT_SEED, CI } = process.env;
const mutants = Number(FORMAT_MUTANTS ?? (CI ? 500_000 : 40_000));
const seed = Number(FORMAT_SEED ?? 20_261_124);

const parts: readonly TorchParts[] = [
  { name: 'w', shape: [2, 3], data: f32(1, 2, 3, 4, 5, 6) },
  { name: 'tied', shape: [3, 2], data: new Uint8Array(0), sharing: 'w' },
  { name: 'half', shape: [2, 1, 1, 1], data: new Uint8Array(4), storage: 'BFloat16' },
];
const safetensors = safetensorsBytes(
  [
    { name: 'w', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: 'i', shape: [1], data: BigInt64Array.of(5n) },
    { name: 'half', shape: [2], data: { dtype: 'F16', bytes: Uint8Array.of(0, 60, 0, 64) } },
  ],
  new Map([['format', 'pt']]),
);
const gguf = ggufBytes(ggufMetadata(smallModel), [
  { name: 'token_embd.weight', shape: [2, 32], type: 8, data: new Uint8Array(68) },
  { name: 'ssm_a', shape: [3], type: 0, data: f32(-1, -2, -3) },
  { name: 'half', shape: [2], type: 1, data: new Uint8Array(4) },
]);

interface Format {
  readonly files: readonly Uint8Array[];
  readonly read: (source: ByteSource) => Promise<unknown>;
}

const formats: Readonly<Record<string, Format>> = {
  safetensors: { files: [safetensors], read: async (source) => readAll(await openSafetensors(source)) },
  ZIP: {
    files: [torchBytes(parts), torchBytes(parts, { alignment: 4, comment: 'PK' })],
    read: async (source) => readAll(await openTorchFile(source)),
  },
  pickle: {
    files: [statePickle(parts)],
    read: async (source) => readPickle(await source.read(0, source.size), source.name, torchRules),
  },
  GGUF: {
    files: [gguf],
    read: async (source) => {
      const file = await openGguf(source);
      await readAll(file);
      return ggufConfig(file);
    },
  },
};

/** Reads every tensor; none claims more bytes than there are. */
async function readAll(file: TensorFile): Promise<void> {
  for (const [name, { source, begin, end }] of file.tensors) {
    if (!(begin >= 0 && begin <= end && end <= source.size)) expect.fail(`${name}: ${begin} to ${end}`);
    await readTensor(file, name);
  }
}

/** Remembers the longest read. */
function watched(bytes: Uint8Array): ByteSource & { longest: number } {
  const source = bytesSource('damaged', bytes);
  const watching = {
    ...source,
    longest: 0,
    read: (offset: number, length: number) => {
      watching.longest = Math.max(watching.longest, length);
      return source.read(offset, length);
    },
  };
  return watching;
}

/** What was wrong with how a mutant was read, if anything. */
async function fault(read: Format['read'], bytes: Uint8Array): Promise<string | undefined> {
  const source = watched(bytes);
  try {
    await read(source);
  } catch (error) {
    const good = error instanceof CheckpointError && error.message.startsWith('damaged: ');
    if (!good || error.message.includes('\n')) return String((error as Error).stack);
    if (source.longest > bytes.length && !error.message.includes('got a file of')) return error.message;
  }
  return undefined;
}

describe(`${mutants} mutants of small files`, () => {
  it.each(Object.entries(formats))(
    'give a result or a CheckpointError of one line, nothing else, in memory that does not grow: %s',
    async (_, { files, read }) => {
      for (const file of files) await read(bytesSource('whole', file));
      const next = generator(seed);
      const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
      const before = used();
      let most = 0;
      for (let i = 0; i < mutants / Object.keys(formats).length; i++) {
        const bytes = mutant(files[i % files.length]!, next);
        const wrong = await fault(read, bytes);
        if (wrong !== undefined) expect.fail(`${wrong}\n${Buffer.from(bytes).toString('base64')}`);
        if (i % 1024 === 0) most = Math.max(most, used() - before);
      }
      expect(most).toBeLessThan(2 ** 27);
    },
    3_600_000,
  );
});
