/**
 * One conversion into a folder at a time, and nothing left of one that was killed.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDead, parseHolder, thisHolder } from '../disk/holder.node.ts';
import { clearLockFile, createLockFile, readLockFile, removeLockFile } from '../disk/lock-file.node.ts';
import { CheckpointError } from './checkpoint-error.ts';

export interface FolderLock {
  /** @throws CheckpointError (as a rejection) when the folder is not ours any more */
  expectHeld(): Promise<void>;
  release(): Promise<void>;
}

const lockName = '.mamba-ts-convert.lock';

/** Where a process writes a file of the folder before it gets its name. */
export function partialPath(folder: string, name: string): string {
  return join(folder, `${name}.${process.pid}.partial`);
}

/**
 * Takes the folder for this process, and removes what dead ones have left in it.
 * @throws CheckpointError (as a rejection) when another conversion has it, and the system's refusals
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, lockName);
  const text = (await createLockFile(path)) ?? (await takeOver(folder, path));
  const lock: FolderLock = {
    async expectHeld() {
      const now = await readLockFile(path);
      if (now !== text) throw taken(folder, path, now);
    },
    release: () => removeLockFile(path, text),
  };
  try {
    await removeDeadPartials(folder);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The lock of a process that is certainly dead; only a person can say that of one on another machine. */
async function takeOver(folder: string, path: string): Promise<string> {
  const found = await readLockFile(path);
  const holder = parseHolder(found);
  if (holder !== undefined && isDead(holder)) await clearLockFile(path, found);
  return (await createLockFile(path)) ?? Promise.reject(taken(folder, path, found));
}

function taken(folder: string, path: string, text: string): CheckpointError {
  const pid = parseHolder(text)?.pid;
  const got = pid === undefined ? 'another conversion' : `that of process ${pid}`;
  const problem = `expected no other conversion into it, got ${got}; wait for it, or if it is gone remove ${path}`;
  return new CheckpointError({ file: folder }, problem);
}

/** Gigabytes, after a kill −9. Whoever is alive keeps his: he may be of a system that sees this folder without its lock. */
async function removeDeadPartials(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^(?:tokenizer\.json|model\.safetensors|config\.json)\.(\d+)\.partial$/.exec(name)?.[1];
    if (pid === undefined) continue;
    // Ours is not begun yet: who had our number is dead.
    const holder = { ...thisHolder(''), pid: Number(pid), start: '' };
    if (holder.pid === process.pid || isDead(holder)) await rm(join(folder, name), { force: true });
  }
}
