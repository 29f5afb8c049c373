/**
 * A file behind an address as a source of bytes: by ranges, or, where the server knows none, downloaded whole once.
 */
import type { ByteSource } from '../checkpoint/index.ts';
import { bytesSource, CheckpointError, expectRange } from '../checkpoint/index.ts';

/**
 * Asks for the first byte: the answer tells the size, and whether there are ranges.
 * @throws CheckpointError (as a rejection) when there is no such file
 */
export async function fetchSource(url: URL, name: string): Promise<ByteSource> {
  const first = await fetchRange(url, name, 0, 1);
  const size = Number(/\/(\d+)$/.exec(first.headers.get('Content-Range') ?? '')?.[1]);
  if (first.status === 200 || !Number.isSafeInteger(size)) {
    const whole = first.status === 200 ? first : await expectFile(await fetch(url), name);
    return bytesSource(name, new Uint8Array(await whole.arrayBuffer()));
  }
  return {
    name,
    size,
    async read(offset, length) {
      expectRange({ name, size }, offset, length);
      if (length === 0) return new Uint8Array(0);
      const response = await fetchRange(url, name, offset, length);
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (response.status === 206 && bytes.length === length) return bytes;
      const got = `${bytes.length} with status ${response.status}`;
      throw new CheckpointError({ file: name }, `expected ${length} bytes at ${offset}, got ${got}`);
    },
  };
}

/** Whether there is such a file. */
export async function isThere(url: URL): Promise<boolean> {
  return (await fetch(url, { method: 'HEAD' })).ok;
}

/** @throws CheckpointError (as a rejection) when there is no such file, or when it is no UTF-8 */
export async function fetchText(url: URL, name: string): Promise<string> {
  const response = await expectFile(await fetch(url), name);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await response.arrayBuffer());
  } catch (cause) {
    throw new CheckpointError({ file: name, cause }, 'expected text in UTF-8, got bytes that are not');
  }
}

/** An empty file has no first byte: status 416, and no bytes at all. */
async function fetchRange(url: URL, name: string, offset: number, length: number): Promise<Response> {
  const response = await fetch(url, { headers: { Range: `bytes=${offset}-${offset + length - 1}` } });
  return response.status === 416 ? new Response(new Uint8Array(0)) : expectFile(response, name);
}

function expectFile(response: Response, name: string): Response {
  if (response.ok) return response;
  const got = response.status === 404 ? 'no such file' : `status ${response.status}`;
  throw new CheckpointError({ file: name }, `expected a file, got ${got}`);
}
