/**
 * A short name for weights, by which a state knows the model it belongs to. It is of the numbers and their places, so that
 * neither the format nor the names in it matter, nor the dtype and the backend that they are held in later.
 */
import type { GptNeoConfig } from '../reference/gpt-neo-types.ts';
import type { MambaConfig } from '../reference/types.ts';
import type { Assignment, TensorPlan } from './assign-tensors.ts';
import { assignTensors } from './assign-tensors.ts';
import { elementCount, readFloatRange } from './read-tensor.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';
import { mambaPlan } from './tensor-table.ts';
import { gptNeoPlan } from './tensor-table-gpt-neo.ts';
import type { WeightPlace } from './weight-source.ts';

/** Numbers looked at in three places of a tensor: a model of billions is told by some hundred thousand. */
const sampleLength = 32;

/** Where a tensor belongs: a field of the model's, or of layer i's. */
interface Place {
  readonly field: string;
  readonly layer?: number | undefined;
}

/**
 * 64 bits over every tensor's place, its length, and its first, middle and last 32 numbers in float32, in the order of the
 * table, as 16 hexadecimal digits. Training moves all tensors everywhere; an edit of single numbers may go unseen. A_log is
 * left out, since GGUF holds A. It tells models apart that nobody has forged: the hash is no cryptographic one (which a page
 * that came over plain HTTP has not).
 */
export async function fingerprintOf(assignments: Iterable<Assignment<Place>>): Promise<string> {
  let hash: Hash = [0x811c9dc5, 0x9e3779b1];
  for (const { slot, info } of assignments) {
    if (slot.field === 'aLog') continue;
    const place = JSON.stringify([slot.layer ?? 'model', slot.field, elementCount(info)]);
    hash = mixIn(hash, new TextEncoder().encode(`${place}\n`));
    for (const numbers of await samplesOf(info)) hash = mixIn(hash, new Uint8Array(numbers.buffer));
  }
  return hash.map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** The same of a file's weights. @throws CheckpointError when they are not those of the config */
export async function fingerprintOfFile(file: TensorFile, config: MambaConfig | GptNeoConfig): Promise<string> {
  const plan: TensorPlan<WeightPlace> = 'nHead' in config ? gptNeoPlan(file, config) : mambaPlan(config, file.dialect);
  return fingerprintOf(assignTensors(file, plan, '').assignments);
}

async function samplesOf(info: StoredTensor): Promise<readonly Float32Array[]> {
  const length = elementCount(info);
  const read = async (at: number, count: number) => {
    const numbers = new Float32Array(count);
    await readFloatRange(numbers, info, at);
    return numbers;
  };
  if (length <= 3 * sampleLength) return [await read(0, length)];
  const middle = Math.floor((length - sampleLength) / 2);
  return Promise.all([0, middle, length - sampleLength].map((at) => read(at, sampleLength)));
}

type Hash = readonly [number, number];

/** FNV-1a in 32 bits, and the same with another multiplier and a shift: each step is invertible, so no byte is lost. */
function mixIn([first, second]: Hash, bytes: Uint8Array): Hash {
  let [a, b] = [first, second];
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x5bd1e995);
    b ^= b >>> 15;
  }
  return [a >>> 0, b >>> 0];
}
