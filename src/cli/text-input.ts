/**
 * Texts that come in: files and standard input, as UTF-8 and nothing else.
 */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

/** @throws Error with one line that names the file: missing, unreadable, empty, not UTF-8 */
export async function readTextFile(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new Error(`cannot read "${path}": ${reasonOf(cause)}`, { cause });
  }
  if (bytes.length === 0) throw new Error(`cannot use "${path}": the file is empty`);
  return decodeUtf8(bytes, `"${path}"`);
}

/** All of standard input, without one newline at its end. */
export async function readPromptFromStdin(): Promise<string> {
  const text = decodeUtf8(await buffer(process.stdin), 'the prompt on standard input');
  return text.replace(/\r?\n$/, '');
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Error(`cannot use ${what}: expected UTF-8 text`, { cause });
  }
}

/** A file system's error in words, without the path that Node repeats. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words: Record<string, string> = {
    ENOENT: 'no such file',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
    ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
  };
  return words[code] ?? (error instanceof Error ? error.message : String(error));
}
