/**
 * Which file of a folder has the weights, and how each format is opened: single safetensors, sharded safetensors, PyTorch's
 * file, PyTorch's files, GGUF. One of them, never two.
 */
import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { openGguf } from './gguf.ts';
import { openSafetensors } from './safetensors.ts';
import { openShards } from './shards.ts';
import type { TensorFile } from './tensor-file.ts';
import { openTorchFile } from './torch-file.ts';

/** The names that weights have, the first that is there counts; after them a single file of GGUF. */
export const weightFiles: readonly string[] = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
];

/** Those names in words. */
export const weightFilesText =
  'weights (model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json or one .gguf)';

/**
 * The file to open, of those in a folder; nothing when none has weights.
 * @throws CheckpointError when there are several of GGUF and nothing better
 */
export function chooseWeights(folder: string, files: readonly string[]): string | undefined {
  const named = weightFiles.find((name) => files.includes(name));
  if (named !== undefined) return named;
  const found = files.filter(isGgufName).sort();
  if (found.length <= 1) return found[0];
  const got = `${found.length} (${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''})`;
  throw new CheckpointError(
    { file: folder },
    `expected one .gguf file, got ${got}; name the file instead of the folder`,
  );
}

export function isGgufName(name: string): boolean {
  return name.toLowerCase().endsWith('.gguf');
}

/**
 * Opens the weights: the file of this name, and those beside it that it lists.
 * @param open opens a file of the same folder; who passes it closes what it opened
 * @throws CheckpointError (as a rejection) when a file is missing, or not what its name says
 */
export async function openWeights(name: string, open: (name: string) => Promise<ByteSource>): Promise<TensorFile> {
  const source = await open(name);
  if (name.endsWith('.index.json')) return openShards(source, (shard) => openWeights(shard, open));
  if (isGgufName(name)) return openGguf(source);
  return name.endsWith('.bin') ? openTorchFile(source) : openSafetensors(source);
}
