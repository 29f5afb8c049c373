/**
 * A safetensors file and a config → the weights of the reference, in float64.
 */
import type { Floats, MambaConfig, Weights } from '../reference/types.ts';
import { CheckpointError, quote } from './checkpoint-error.ts';
import { elementCount, readFloatsInto } from './read-tensor.ts';
import type { Safetensors } from './safetensors.ts';
import { describe } from './strict-json.ts';
import type { TensorInfo } from './tensor-info.ts';
import type { TensorSlot } from './tensor-table.ts';
import { headName, tensorTable } from './tensor-table.ts';

export interface LoadOptions {
  /** What stands before every name; tensors without it are not looked at. Default '': all are. */
  readonly prefix?: string;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** Said after each tensor. Bytes are bytes of the file's tensors, so that loaded reaches total. */
export interface LoadProgress {
  readonly tensor: string;
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/** A tensor of the file and the place it goes to. */
interface Assignment {
  readonly slot: TensorSlot;
  readonly info: TensorInfo;
}

/**
 * Reads all weights. All names and shapes are checked before the first tensor is read.
 * A head beside a tied embedding is not needed; if it is there, it must equal the embedding, value by value.
 * @throws CheckpointError (as a rejection) when a tensor is missing, is not expected, or has another shape or no floats
 */
export async function loadWeights(
  file: Safetensors,
  config: MambaConfig,
  { prefix = '', onProgress = () => {} }: LoadOptions = {},
): Promise<Weights> {
  const assignments = Array.from(tensorTable(config), (slot) => assign(file, slot, prefix));
  const tiedHead = config.tieWordEmbeddings ? file.tensors.get(prefix + headName) : undefined;
  refuseOthers(file, prefix, new Set([...assignments.map(({ info }) => info), tiedHead]));
  if (tiedHead !== undefined) expectSameShape(file, tiedHead, [config.vocabSize, config.dModel]);

  const totalBytes = assignments.reduce((sum, { info }) => sum + info.end - info.begin, 0);
  let loadedBytes = 0;
  const model: Record<string, Float64Array> = {};
  const layers = Array.from({ length: config.nLayer }, (): Record<string, Float64Array> => ({}));
  for (const { slot, info } of assignments) {
    const place = slot.layer === undefined ? model : layers[slot.layer]!;
    place[slot.field] = await readFloats(file, info);
    loadedBytes += info.end - info.begin;
    onProgress({ tensor: info.name, loadedBytes, totalBytes });
  }
  const weights = { ...model, layers } as unknown as Weights; // the table has an entry for every field
  if (tiedHead !== undefined) await expectTied(file, tiedHead, weights.embeddingWeight);
  return weights;
}

/** Finds the one tensor for a place, of the right shape. */
function assign(file: Safetensors, slot: TensorSlot, prefix: string): Assignment {
  const names = slot.names.map((name) => prefix + name);
  const [name, other] = names.filter((candidate) => file.tensors.has(candidate));
  if (name === undefined) {
    const expected = `expected in the file with shape ${describe(slot.shape)}, got no such tensor`;
    const spellings = names.length > 1 ? ` (nor ${names.slice(1).map(quote).join()})` : '';
    throw new CheckpointError({ file: file.source.name, tensor: names[0]! }, expected + spellings);
  }
  if (other !== undefined) {
    const problem = `expected once, got it under the name ${quote(other)} too`;
    throw new CheckpointError({ file: file.source.name, tensor: name }, problem);
  }
  const info = file.tensors.get(name)!;
  expectSameShape(file, info, slot.shape);
  return { slot, info };
}

function expectSameShape(file: Safetensors, { name, shape }: TensorInfo, expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((size, i) => size === expected[i])) return;
  const problem = `expected shape ${describe(expected)}, got ${describe(shape)}`;
  throw new CheckpointError({ file: file.source.name, tensor: name }, problem);
}

function refuseOthers(file: Safetensors, prefix: string, known: ReadonlySet<TensorInfo | undefined>): void {
  for (const info of file.tensors.values()) {
    if (!info.name.startsWith(prefix) || known.has(info)) continue;
    const problem = `expected no such tensor in a model of this config, got one of shape ${describe(info.shape)}`;
    throw new CheckpointError({ file: file.source.name, tensor: info.name }, problem);
  }
}

async function readFloats(file: Safetensors, info: TensorInfo): Promise<Float64Array> {
  const out = new Float64Array(elementCount(info));
  await readFloatsInto(out, file, info.name);
  return out;
}

async function expectTied(file: Safetensors, info: TensorInfo, embedding: Floats): Promise<void> {
  const head = await readFloats(file, info);
  const differs = head.findIndex((value, i) => !Object.is(value, embedding[i]));
  if (differs < 0) return;
  const got = `${head[differs]} instead of ${embedding[differs]} at ${differs}`;
  throw new CheckpointError(
    { file: file.source.name, tensor: info.name },
    `expected the embedding's values, as the config ties the head to it, got ${got}`,
  );
}
