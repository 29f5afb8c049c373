/**
 * Which tensor of a file is which weight: every place gets exactly one tensor of its shape, and no tensor is left over.
 */
import type { MambaConfig } from '../reference/types.ts';
import { CheckpointError, quote } from './checkpoint-error.ts';
import { isFloatDtype } from './dtype.ts';
import { elementCount, readFloatRange } from './read-tensor.ts';
import { describe } from './strict-json.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';
import type { TensorSlot } from './tensor-table.ts';
import { headNames, namesIn, shapeIn, tensorTable } from './tensor-table.ts';

/** A tensor of the file and the place it goes to. */
export interface Assignment {
  readonly slot: TensorSlot;
  readonly info: StoredTensor;
}

/**
 * All places of a model, the embedding first.
 * @param prefix what stands before every name; tensors without it are not looked at
 * @returns tiedHead: a head that stands beside a tied embedding, and must equal it
 * @throws CheckpointError when a tensor is missing, is not expected, or has another shape or no floats
 */
export function assignTensors(
  file: TensorFile,
  config: MambaConfig,
  prefix: string,
): { readonly assignments: readonly Assignment[]; readonly tiedHead: StoredTensor | undefined } {
  const assignments = Array.from(tensorTable(config), (slot) => assign(file, slot, prefix));
  const tiedHead = config.tieWordEmbeddings ? file.tensors.get(prefix + headNames[file.dialect]) : undefined;
  refuseOthers(file, prefix, new Set([...assignments.map(({ info }) => info), tiedHead]));
  if (tiedHead !== undefined) expectSameShape(tiedHead, [config.vocabSize, config.dModel]);
  return { assignments, tiedHead };
}

/** Numbers compared at a time. */
const pieceLength = 2 ** 18;

/** Compares a tied head with the embedding, value by value. @throws CheckpointError (as a rejection) at the first difference */
export async function expectTiedHead(head: StoredTensor, embedding: StoredTensor): Promise<void> {
  const length = elementCount(head);
  for (let at = 0; at < length; at += pieceLength) {
    const [ours, tied] = [0, 1].map(() => new Float64Array(Math.min(pieceLength, length - at))) as [
      Float64Array,
      Float64Array,
    ];
    await readFloatRange(ours, head, at);
    await readFloatRange(tied, embedding, at);
    const differs = ours.findIndex((value, i) => !Object.is(value, tied[i]));
    if (differs < 0) continue;
    const got = `${ours[differs]} instead of ${tied[differs]} at ${at + differs}`;
    throw new CheckpointError(
      { file: head.source.name, tensor: head.name },
      `expected the embedding's values, as the config ties the head to it, got ${got}`,
    );
  }
}

/** Whether the place's tensor holds A = −exp(aLog) and not aLog. */
export function holdsDecay({ dialect }: TensorFile, { field }: TensorSlot): boolean {
  return dialect === 'gguf' && field === 'aLog';
}

/** Finds the one tensor for a place, of the right shape. */
function assign(file: TensorFile, slot: TensorSlot, prefix: string): Assignment {
  const names = namesIn(file.dialect, slot).map((name) => prefix + name);
  const shape = shapeIn(file.dialect, slot);
  const [name, other] = names.filter((candidate) => file.tensors.has(candidate));
  if (name === undefined) {
    const expected = `expected in the file with shape ${describe(shape)}, got no such tensor`;
    const spellings = names.length > 1 ? ` (nor ${names.slice(1).map(quote).join()})` : '';
    throw new CheckpointError({ file: file.name, tensor: names[0]! }, expected + spellings);
  }
  if (other !== undefined) {
    const problem = `expected once, got it under the name ${quote(other)} too`;
    throw new CheckpointError({ file: file.tensors.get(name)!.source.name, tensor: name }, problem);
  }
  const info = file.tensors.get(name)!;
  expectSameShape(info, shape);
  expectFloats(info);
  return { slot, info };
}

function expectSameShape({ name, shape, source }: StoredTensor, expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((size, i) => size === expected[i])) return;
  const problem = `expected shape ${describe(expected)}, got ${describe(shape)}`;
  throw new CheckpointError({ file: source.name, tensor: name }, problem);
}

function expectFloats({ name, dtype, source }: StoredTensor): void {
  if (dtype === 'Q8_0' || isFloatDtype(dtype)) return;
  const problem = `expected dtype F64, F32, F16 or BF16, got ${dtype}`;
  throw new CheckpointError({ file: source.name, tensor: name }, problem);
}

/** Counters and positions, which PyTorch's modules keep as I64, are no weights. */
function refuseOthers(file: TensorFile, prefix: string, known: ReadonlySet<StoredTensor | undefined>): void {
  for (const info of file.tensors.values()) {
    if (!info.name.startsWith(prefix) || known.has(info) || info.dtype === 'I64') continue;
    const problem = `expected no such tensor in a model of this config, got one of shape ${describe(info.shape)}`;
    throw new CheckpointError({ file: info.source.name, tensor: info.name }, problem);
  }
}
