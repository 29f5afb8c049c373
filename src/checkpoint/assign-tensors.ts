/**
 * Which tensor of a file is which weight: every place gets exactly one tensor of its shape, and no tensor is left over.
 */
import type { MambaConfig } from '../reference/types.ts';
import { CheckpointError, quote } from './checkpoint-error.ts';
import { isFloatDtype } from './dtype.ts';
import { elementCount, readFloatRange } from './read-tensor.ts';
import type { Safetensors } from './safetensors.ts';
import { describe } from './strict-json.ts';
import type { TensorInfo } from './tensor-info.ts';
import type { TensorSlot } from './tensor-table.ts';
import { headName, tensorTable } from './tensor-table.ts';

/** A tensor of the file and the place it goes to. */
export interface Assignment {
  readonly slot: TensorSlot;
  readonly info: TensorInfo;
}

/**
 * All places of a model, the embedding first.
 * @param prefix what stands before every name; tensors without it are not looked at
 * @returns tiedHead: a head that stands beside a tied embedding, and must equal it
 * @throws CheckpointError when a tensor is missing, is not expected, or has another shape or no floats
 */
export function assignTensors(
  file: Safetensors,
  config: MambaConfig,
  prefix: string,
): { readonly assignments: readonly Assignment[]; readonly tiedHead: TensorInfo | undefined } {
  const assignments = Array.from(tensorTable(config), (slot) => assign(file, slot, prefix));
  const tiedHead = config.tieWordEmbeddings ? file.tensors.get(prefix + headName) : undefined;
  refuseOthers(file, prefix, new Set([...assignments.map(({ info }) => info), tiedHead]));
  if (tiedHead !== undefined) expectSameShape(file, tiedHead, [config.vocabSize, config.dModel]);
  return { assignments, tiedHead };
}

/** Numbers compared at a time. */
const pieceLength = 2 ** 18;

/** Compares a tied head with the embedding, value by value. @throws CheckpointError (as a rejection) at the first difference */
export async function expectTiedHead(file: Safetensors, head: TensorInfo, embedding: TensorInfo): Promise<void> {
  const length = elementCount(head);
  for (let at = 0; at < length; at += pieceLength) {
    const [ours, tied] = [0, 1].map(() => new Float64Array(Math.min(pieceLength, length - at))) as [
      Float64Array,
      Float64Array,
    ];
    await readFloatRange(ours, file, head, at);
    await readFloatRange(tied, file, embedding, at);
    const differs = ours.findIndex((value, i) => !Object.is(value, tied[i]));
    if (differs < 0) continue;
    const got = `${ours[differs]} instead of ${tied[differs]} at ${at + differs}`;
    throw new CheckpointError(
      { file: file.source.name, tensor: head.name },
      `expected the embedding's values, as the config ties the head to it, got ${got}`,
    );
  }
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
  expectFloats(file, info);
  return { slot, info };
}

function expectSameShape(file: Safetensors, { name, shape }: TensorInfo, expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((size, i) => size === expected[i])) return;
  const problem = `expected shape ${describe(expected)}, got ${describe(shape)}`;
  throw new CheckpointError({ file: file.source.name, tensor: name }, problem);
}

function expectFloats(file: Safetensors, { name, dtype }: TensorInfo): void {
  if (isFloatDtype(dtype)) return;
  const problem = `expected dtype F64, F32, F16 or BF16, got ${dtype}`;
  throw new CheckpointError({ file: file.source.name, tensor: name }, problem);
}

function refuseOthers(file: Safetensors, prefix: string, known: ReadonlySet<TensorInfo | undefined>): void {
  for (const info of file.tensors.values()) {
    if (!info.name.startsWith(prefix) || known.has(info)) continue;
    const problem = `expected no such tensor in a model of this config, got one of shape ${describe(info.shape)}`;
    throw new CheckpointError({ file: file.source.name, tensor: info.name }, problem);
  }
}
