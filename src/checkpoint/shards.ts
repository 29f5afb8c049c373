/**
 * A model in several files: an index that says which tensor is in which of them.
 *
 *   { "metadata": { "total_size": … }, "weight_map": { "NAME": "model-00001-of-00002.safetensors", … } }
 *
 * Source: transformers, save_pretrained (model.safetensors.index.json, pytorch_model.bin.index.json).
 */
import type { ByteSource } from './byte-source.ts';
import { CheckpointError, quote } from './checkpoint-error.ts';
import { readSourceText } from './source-text.ts';
import type { JsonObject } from './strict-json.ts';
import { describe, parseJson } from './strict-json.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';

/** Most files of a model, and bytes of its index. */
const mostShards = 1024;
const largestIndex = 2 ** 26;

/**
 * Opens all files of an index, one after another. Index and files must agree on every tensor.
 * @param openShard a file beside the index
 * @throws CheckpointError (as a rejection) when they do not, or a file is missing or damaged
 */
export async function openShards(
  index: ByteSource,
  openShard: (name: string) => Promise<TensorFile>,
): Promise<TensorFile> {
  const places = await readWeightMap(index);
  const files = [...new Set(places.values())].sort();
  if (files.length > mostShards) {
    throw new CheckpointError({ file: index.name }, `expected at most ${mostShards} files, got ${files.length}`);
  }
  const tensors = new Map<string, StoredTensor>();
  for (const file of files) {
    const shard = await openShard(file);
    for (const [name, tensor] of shard.tensors) {
      const place = { file: tensor.source.name, tensor: name };
      const said = places.get(name);
      if (said === undefined) throw new CheckpointError(place, `expected in ${index.name} too, got no such entry`);
      if (said !== file) throw new CheckpointError(place, `expected in ${quote(said)}, where the index has it`);
      tensors.set(name, tensor);
    }
  }
  for (const [name, file] of places) {
    if (tensors.has(name)) continue;
    throw new CheckpointError(
      { file: index.name, tensor: name },
      `expected in ${quote(file)}, got no such tensor there`,
    );
  }
  return { name: index.name, dialect: 'pytorch', tensors };
}

/** Which file each tensor is in. Files are names in the same folder, not paths. */
async function readWeightMap(index: ByteSource): Promise<ReadonlyMap<string, string>> {
  const { name: file } = index;
  if (index.size > largestIndex) {
    throw new CheckpointError({ file }, `expected an index of at most ${largestIndex} bytes, got ${index.size}`);
  }
  const json = parseJson(await readSourceText(index), file);
  const map = json instanceof Map ? (json as JsonObject).get('weight_map') : undefined;
  if (!(map instanceof Map)) {
    throw new CheckpointError({ file }, `"weight_map" expected an object of file names, got ${describe(map)}`);
  }
  const places = new Map<string, string>();
  for (const [name, value] of map as JsonObject) {
    if (typeof value !== 'string' || !/^[\w-][\w.-]*\.(?:safetensors|bin)$/.test(value)) {
      const problem = `"weight_map" expected the name of a file beside the index, got ${describe(value)}`;
      throw new CheckpointError({ file, tensor: name }, problem);
    }
    places.set(name, value);
  }
  return places;
}
