/**
 * Where a text of the reference stands: the line is looked for when it is asked for, so that it cannot go stale.
 */
import { readFile } from 'node:fs/promises';
import { packageRoot } from '../package-root.ts';

/** `src/reference/selective-scan.ts:97`, or without a line where the sources are not there. */
export async function referenceLine([file, text]: readonly [file: string, text: string]): Promise<string> {
  const path = `src/reference/${file}`;
  const source = await readFile(new URL(path, packageRoot), 'utf8').catch(() => '');
  const at = source.indexOf(text);
  return at < 0 ? path : `${path}:${source.slice(0, at).split('\n').length}`;
}
