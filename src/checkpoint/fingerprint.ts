/**
 * A short name for the weights in a file, by which a state knows the model it belongs to. It is the file's, so that the
 * dtype and the backend the weights are held in do not matter.
 */
import type { Safetensors } from './safetensors.ts';
import type { TensorInfo } from './tensor-info.ts';

/** Bytes looked at in three places of a tensor: a model of billions is told by some hundreds of kilobytes. */
const sampleBytes = 128;

/**
 * SHA-256 over every tensor's name, dtype, shape, and its first, middle and last 128 bytes, in the order of the names;
 * the first 16 hexadecimal digits. Training moves all tensors everywhere; an edit of single numbers may go unseen.
 */
export async function fingerprintOf(file: Safetensors): Promise<string> {
  const sorted = [...file.tensors.values()].sort((p, q) => (p.name < q.name ? -1 : 1));
  const parts: Uint8Array[] = [];
  for (const tensor of sorted) {
    const { name, dtype, shape } = tensor;
    parts.push(
      new TextEncoder().encode(`${JSON.stringify([name, dtype, shape])}\n`),
      ...(await samplesOf(file, tensor)),
    );
  }
  return shortHash(parts);
}

async function samplesOf({ source }: Safetensors, { begin, end }: TensorInfo): Promise<readonly Uint8Array[]> {
  if (end - begin <= 3 * sampleBytes) return [await source.read(begin, end - begin)];
  const middle = Math.floor((begin + end - sampleBytes) / 2);
  return Promise.all([begin, middle, end - sampleBytes].map((at) => source.read(at, sampleBytes)));
}

async function shortHash(parts: readonly Uint8Array[]): Promise<string> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
