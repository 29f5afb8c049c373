/**
 * A lock between processes is a file that only one of them can create; it says who that is.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { holderText, thisHolder } from './holder.node.ts';

/**
 * Creates a lock that names this process.
 * @returns what the file says, as no other one will; undefined when there is one already
 * @throws the system's refusal (as a rejection)
 */
export async function createLockFile(path: string): Promise<string | undefined> {
  const text = holderText(thisHolder(randomUUID()));
  try {
    await writeFile(path, text, { flag: 'wx' });
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

/** What a lock says, "" when there is none or it cannot be read. */
export function readLockFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Removes a lock, if it still says this. */
export async function removeLockFile(path: string, text: string): Promise<void> {
  if ((await readLockFile(path)) === text) await rm(path, { force: true });
}

/**
 * Takes a dead process's lock away. Two may come to that at once, and the second must not take the first one's new lock:
 * the file is moved aside, which only one can do, and looked at; the wrong one is put back.
 * @param text what it said when its holder was found dead
 */
export async function clearLockFile(path: string, text: string): Promise<boolean> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) return false;
  const aside = `${path}.${randomUUID()}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return false;
  const same = (await readFile(aside, 'utf8').catch(() => text)) === text;
  if (!same) await writeFile(path, await readFile(aside), { flag: 'wx' }).catch(() => {});
  await rm(aside, { force: true });
  return same;
}
