/**
 * Which tensor of a file is which weight: every place gets exactly one tensor of its shape, and no tensor is left over.
 */
import { CheckpointError, quote } from './checkpoint-error.ts';
import { isFloatDtype } from './dtype.ts';
import { elementCount, readFloatRange } from './read-tensor.ts';
import { describe } from './strict-json.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';

/** What a file of one model and one dialect must hold; S says where a tensor goes. Names come without the prefix. */
export interface TensorPlan<S> {
  /** The table of tokens first. */
  readonly slots: Iterable<S>;
  /** The names in use for it; a file has exactly one of them. */
  namesOf(slot: S): readonly string[];
  shapeOf(slot: S): readonly number[];
  /** The head of a model that ties it to the table of tokens: it may stand in the file, and must equal the table then. */
  readonly tiedHead?: { readonly name: string; readonly shape: readonly number[] } | undefined;
  /** Whether a tensor that may stand beside the weights is none. */
  isBuffer?(name: string): boolean;
}

/** A tensor of the file and the place it goes to. */
export interface Assignment<S> {
  readonly slot: S;
  readonly info: StoredTensor;
}

export interface Assigned<S> {
  /** One a slot, in their order. */
  readonly assignments: readonly Assignment<S>[];
  /** A head that stands beside a tied embedding, and must equal it. */
  readonly tiedHead: StoredTensor | undefined;
}

/**
 * All places of a model.
 * @param prefix what stands before every name; tensors without it are not looked at
 * @throws CheckpointError when a tensor is missing, is not expected, or has another shape or no floats
 */
export function assignTensors<S>(file: TensorFile, plan: TensorPlan<S>, prefix: string): Assigned<S> {
  const assignments = Array.from(plan.slots, (slot) => {
    const names = plan.namesOf(slot).map((name) => prefix + name);
    return { slot, info: findTensor(file, names, plan.shapeOf(slot)) };
  });
  const tiedHead = plan.tiedHead && file.tensors.get(prefix + plan.tiedHead.name);
  const known = new Set([...assignments.map(({ info }) => info), tiedHead]);
  for (const info of file.tensors.values()) {
    if (!info.name.startsWith(prefix) || known.has(info)) continue;
    if (!plan.isBuffer?.(info.name.slice(prefix.length))) refuseUnknown(info);
  }
  if (tiedHead !== undefined) expectSameShape(tiedHead, plan.tiedHead!.shape);
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

/** Finds the one tensor that has one of the names, of the right shape. */
function findTensor(file: TensorFile, names: readonly string[], shape: readonly number[]): StoredTensor {
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
  return info;
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
function refuseUnknown({ name, dtype, shape, source }: StoredTensor): void {
  if (dtype === 'I64') return;
  const problem = `expected no such tensor in a model of this config, got one of shape ${describe(shape)}`;
  throw new CheckpointError({ file: source.name, tensor: name }, problem);
}
