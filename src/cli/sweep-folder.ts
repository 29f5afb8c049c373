/**
 * The folder of a sweep: sweep.json, from which it goes on, sweep.csv for spreadsheets, and charts.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SweepRecord, SweepSettings } from '../evaluate/sweep-record.ts';
import { parseSweep, sweepCsv } from '../evaluate/sweep-record.ts';

const recordName = 'sweep.json';
const csvName = 'sweep.csv';

/**
 * What is there of an earlier run, or undefined. The folder is made, so that one that cannot be written is found out
 * before any work.
 * @throws Error with one line when it cannot be used, or holds a sweep of other settings
 */
export async function openSweepFolder(folder: string, settings: SweepSettings): Promise<SweepRecord | undefined> {
  await onFolder(folder, () => mkdir(folder, { recursive: true }));
  const path = join(folder, recordName);
  const text = await onFolder(folder, () => readFile(path, 'utf8').catch(absent));
  return text === undefined ? undefined : parseSweep(text, path, settings);
}

/** Both files, each whole or as it was before: a crash in the middle loses nothing. */
export async function saveSweep(folder: string, record: SweepRecord): Promise<void> {
  await writeWhole(folder, csvName, sweepCsv(record));
  await writeWhole(folder, recordName, `${JSON.stringify(record, null, 2)}\n`);
}

export async function writeWhole(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  return onFolder(folder, async () => {
    await writeFile(`${path}.incomplete`, text);
    await rename(`${path}.incomplete`, path);
    return path;
  });
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
