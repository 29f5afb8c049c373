/**
 * Described files into the cache: says what it will do, looks whether there is room, loads a few side by side.
 */
import { join } from 'node:path';
import { makeFolder } from '../disk/make-folder.node.ts';
import { blobPath, snapshotFolder } from './cache-paths.node.ts';
import { expectRoom, onDisk } from './disk.node.ts';
import { rememberSizes } from './known-sizes.node.ts';
import { hasBlob, loadBlob, partialBytes } from './load-blob.node.ts';
import type { Context, PlannedFile, PullPlan } from './options.node.ts';
import type { Client, RemoteFile } from './remote-file.ts';
import { linkBlob } from './snapshot-link.node.ts';

/** Loads one small file, without a word about it. @returns its path in the snapshot */
export async function loadFile(file: RemoteFile, context: Context): Promise<string> {
  if (!context.hadBytes.has(file.checksum.hex)) {
    context.hadBytes.set(file.checksum.hex, (await planFile(file, context)).haveBytes);
  }
  return loadAndLink(file, context, () => {});
}

/**
 * Loads what is missing of these files.
 * @throws HubError `no-space` before the first byte when they do not fit; whatever loading one throws
 */
export async function loadFiles(files: readonly RemoteFile[], context: Context): Promise<void> {
  const { options } = context;
  const planned = await Promise.all(files.map((file) => planFile(file, context)));
  const { cache } = context.settings;
  await onDisk(cache, () => makeFolder(cache));
  const plan = sumUp(files[0]!, planned, await context.freeBytes(cache));
  if (plan.missingBytes > 0) {
    options.onPlan?.(plan);
    expectRoom(cache, plan.missingBytes, plan.freeBytes);
  }

  const have = planned.map(({ haveBytes }) => haveBytes);
  await sideBySide(files, context.client, async (file, i, client) => {
    const report = (fileDone: number) => {
      have[i] = fileDone;
      const done = have.reduce((sum, bytes) => sum + bytes, 0);
      options.onProgress?.({ file: file.name, fileDone, fileBytes: file.size, done, bytes: plan.bytes });
    };
    await loadAndLink(file, { ...context, client }, report);
    if (have[i] !== file.size) report(file.size); // another process has loaded it
  });
  await rememberSizes(cache, files);
}

/** Files at a time: one connection to a store is slower than most networks and disks. */
const atOnce = 4;

/**
 * Works on a few files at a time, in their order. The first failure stops the others; it is thrown when all have stopped,
 * so that no lock and no file is left open.
 */
async function sideBySide(
  files: readonly RemoteFile[],
  client: Client,
  work: (file: RemoteFile, index: number, client: Client) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = client.signal === undefined ? stop.signal : AbortSignal.any([client.signal, stop.signal]);
  const failures: unknown[] = [];
  const next = files.entries();
  const workOn = async () => {
    for (const [index, file] of next) {
      if (signal.aborted) return;
      await work(file, index, { ...client, signal }).catch((error: unknown) => {
        failures.push(error);
        stop.abort(error);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, files.length) }, workOn));
  client.signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}

async function loadAndLink(file: RemoteFile, context: Context, onBytes: (done: number) => void): Promise<string> {
  const { settings, client, options } = context;
  const { cache } = settings;
  const onWait = () => options.onWait?.(file.name);
  await loadBlob(file, { client, cache, onBytes, onWait });
  const path = join(snapshotFolder(cache, file.repo.id, file.commit), ...file.name.split('/'));
  await linkBlob(blobPath(cache, file.repo.id, file.checksum.hex), path);
  return path;
}

async function planFile(file: RemoteFile, { settings: { cache }, hadBytes }: Context): Promise<PlannedFile> {
  const had = hadBytes.get(file.checksum.hex);
  const haveBytes = had ?? ((await hasBlob(cache, file)) ? file.size : await partialBytes(cache, file));
  return { id: file.repo.id, name: file.name, bytes: file.size, haveBytes };
}

function sumUp({ repo, commit }: RemoteFile, files: readonly PlannedFile[], freeBytes: number): PullPlan {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const haveBytes = files.reduce((sum, file) => sum + file.haveBytes, 0);
  return { id: repo.id, commit, files, bytes, missingBytes: bytes - haveBytes, freeBytes };
}
