/**
 * All that lies below a folder. Links are not followed.
 */
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

export interface Entry {
  readonly path: string;
  /** Relative to the folder, with / between. */
  readonly name: string;
  readonly kind: 'file' | 'link' | 'other';
}

/** Everything but the folders themselves, by name. An absent folder is an empty one. */
export async function walk(folder: string): Promise<readonly Entry[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry): Entry => {
      const path = join(entry.parentPath, entry.name);
      const kind = entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other';
      return { path, name: relative(folder, path).split(sep).join('/'), kind };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
