/**
 * A short name for the weights in a file, by which a state knows the model it belongs to. It is the file's, so that the
 * dtype and the backend the weights are held in do not matter.
 */
import type { StoredTensor, TensorFile } from './tensor-file.ts';

/** Bytes looked at in three places of a tensor: a model of billions is told by some hundreds of kilobytes. */
const sampleBytes = 128;

/**
 * 64 bits over every tensor's name, dtype, shape, and its first, middle and last 128 bytes, in the order of the names, as
 * 16 hexadecimal digits. Training moves all tensors everywhere; an edit of single numbers may go unseen. It tells models
 * apart that nobody has forged: the hash is no cryptographic one (which a page that came over plain HTTP has not).
 */
export async function fingerprintOf(file: TensorFile): Promise<string> {
  const sorted = [...file.tensors.values()].sort((p, q) => (p.name < q.name ? -1 : 1));
  let hash: Hash = [0x811c9dc5, 0x9e3779b1];
  for (const tensor of sorted) {
    const { name, dtype, shape } = tensor;
    hash = mixIn(hash, new TextEncoder().encode(`${JSON.stringify([name, dtype, shape])}\n`));
    for (const bytes of await samplesOf(tensor)) hash = mixIn(hash, bytes);
  }
  return hash.map((word) => word.toString(16).padStart(8, '0')).join('');
}

async function samplesOf({ source, begin, end }: StoredTensor): Promise<readonly Uint8Array[]> {
  if (end - begin <= 3 * sampleBytes) return [await source.read(begin, end - begin)];
  const middle = Math.floor((begin + end - sampleBytes) / 2);
  return Promise.all([begin, middle, end - sampleBytes].map((at) => source.read(at, sampleBytes)));
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
