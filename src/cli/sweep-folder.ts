/**
 * The folder of a sweep: sweep.json, from which it goes on, sweep.csv for spreadsheets, and charts. One sweep at a time.
 */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDead, parseHolder } from '../disk/holder.node.ts';
import { clearLockFile, createLockFile, readLockFile, removeLockFile } from '../disk/lock-file.node.ts';
import { makeFolder } from '../disk/make-folder.node.ts';
import { parseSweep } from '../evaluate/parse-sweep.ts';
import type { SweepRecord, SweepSettings } from '../evaluate/sweep-record.ts';
import { sweepCsv } from '../evaluate/sweep-record.ts';
import { expectSameSettings } from './sweep-settings.ts';

const recordName = 'sweep.json';
const csvName = 'sweep.csv';
const lockName = 'sweep.lock';

export interface SweepFolder {
  /** What is there of an earlier run. */
  readonly before: SweepRecord | undefined;
  /** Lets others in. */
  close(): Promise<void>;
}

/**
 * Takes a folder. It is made and written into, so that one that cannot be written is found out before any work.
 * @throws Error with one line when it cannot be used, holds something else or another sweep works in it; UsageError when it
 * holds a sweep of other settings
 */
export async function openSweepFolder(folder: string, settings: SweepSettings): Promise<SweepFolder> {
  await onFolder(folder, () => makeFolder(folder));
  const path = join(folder, recordName);
  const lock = await takeLock(folder);
  const close = () => removeLockFile(join(folder, lockName), lock);
  try {
    const text = await onFolder(folder, () => readFile(path, 'utf8').catch(absent));
    const before = text === undefined ? undefined : parseSweep(text, path);
    if (before !== undefined) expectSameSettings(folder, before.settings, settings);
    await onFolder(folder, () => removeLeftOvers(folder));
    return { before, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Both files, each whole or as it was before: a crash in the middle loses nothing. */
export async function saveSweep(folder: string, record: SweepRecord): Promise<void> {
  await writeWhole(folder, csvName, sweepCsv(record));
  await writeWhole(folder, recordName, `${JSON.stringify(record, null, 2)}\n`);
}

export async function writeWhole(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  const incomplete = `${path}.${process.pid}.incomplete`;
  return onFolder(folder, async () => {
    try {
      await writeFile(incomplete, text);
      await rename(incomplete, path);
    } catch (error) {
      await rm(incomplete, { force: true });
      throw error;
    }
    return path;
  });
}

/** What a killed sweep was writing; nobody else writes while we hold the lock. */
async function removeLeftOvers(folder: string): Promise<void> {
  const names = await readdir(folder);
  const left = names.filter((name) => /^\w+\.(?:json|csv|svg)\.\d+\.incomplete$/.test(name));
  for (const name of left) await rm(join(folder, name), { force: true });
}

/** A second sweep would write over the rows of the first. A dead one's lock is taken away. */
async function takeLock(folder: string): Promise<string> {
  const path = join(folder, lockName);
  for (;;) {
    const lock = await onFolder(folder, () => createLockFile(path));
    if (lock !== undefined) return lock;
    const text = await readLockFile(path);
    const holder = parseHolder(text);
    if (holder !== undefined && isDead(holder) && (await clearLockFile(path, text))) continue;
    const who = holder === undefined ? '' : ` (process ${holder.pid})`;
    throw new Error(
      `--out expected a folder that no sweep is working in, got ${folder}${who}; wait, or remove ${path} if none is`,
    );
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

async function onFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`--out expected a folder that can be written, got ${folder} (${code})`, { cause });
  }
}
