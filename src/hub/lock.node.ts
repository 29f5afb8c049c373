/**
 * A lock between processes: a file that only one can create. Its holder touches it every `lockBeatMs`.
 *
 * A dead holder's lock does not block: where the process can be looked up (same machine and id space, by pid and start
 * time), the lock is taken over at once; elsewhere (another machine on a shared disk, another container) when the file has
 * not been touched for `lockStaleMs` of the waiter's own clock, so that clocks need not agree. In the second case the
 * holder may only be asleep. It finds out before it gives a file its final name, since the lock is not its own any more.
 */
import { readFile, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDead, parseHolder } from '../disk/holder.node.ts';
import { clearLockFile, createLockFile, readLockFile, removeLockFile } from '../disk/lock-file.node.ts';
import { makeFolder } from '../disk/make-folder.node.ts';
import type { BackoffOptions } from './backoff.ts';
import { pause } from './backoff.ts';
import { onDisk } from './disk.node.ts';

export interface Lock {
  /** Whether it was taken from a holder that may still be alive: what that one was writing must be left alone. */
  readonly seized: boolean;
  /** Whether it is still ours. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

export interface LockOptions extends BackoffOptions {
  /** Looked at while waiting: true ends the waiting without the lock. */
  readonly isDone: () => Promise<boolean>;
  /** Told once, when another process holds it. */
  readonly onWait?: () => void;
}

/**
 * Waits for the lock.
 * @returns undefined when `isDone` said so first
 * @throws HubError when the file system refuses, the signal's reason when that is aborted
 */
export async function takeLock(path: string, options: LockOptions): Promise<Lock | undefined> {
  const { timing, signal, isDone, onWait } = options;
  await onDisk(path, () => makeFolder(dirname(path)));
  const watch = new Watch(path, timing.lockStaleMs);
  let seized = false;
  let told = false;
  while (!(await isDone())) {
    const lock = await create(path, seized, timing.lockBeatMs);
    if (lock !== undefined) {
      // Between the look and the lock somebody may have finished.
      if (!(await isDone())) return lock;
      await lock.release();
      return undefined;
    }
    const verdict = await watch.look();
    if (verdict !== 'alive') {
      seized = (await clearLockFile(path, watch.text)) && verdict === 'silent';
      continue;
    }
    if (!told) onWait?.();
    told = true;
    await pause(timing.lockBeatMs, signal);
  }
  return undefined;
}

/** Undefined when somebody has it. */
async function create(path: string, seized: boolean, beatMs: number): Promise<Lock | undefined> {
  const text = await onDisk(path, () => createLockFile(path));
  if (text === undefined) return undefined;

  const isHeld = async () => (await readLockFile(path)) === text;
  const beat = setInterval(async () => {
    const now = new Date();
    if (await isHeld()) await utimes(path, now, now).catch(() => {});
  }, beatMs).unref();
  return {
    seized,
    isHeld,
    async release() {
      clearInterval(beat);
      await removeLockFile(path, text);
    },
  };
}

/** What a waiter has seen of a lock. */
class Watch {
  readonly #path: string;
  readonly #staleMs: number;
  #seen = '';
  #since = 0;
  /** What the file said. */
  text = '';

  constructor(path: string, staleMs: number) {
    this.#path = path;
    this.#staleMs = staleMs;
  }

  async look(): Promise<'alive' | 'dead' | 'silent'> {
    const [text, found] = await Promise.all([
      readFile(this.#path, 'utf8').catch(() => undefined),
      stat(this.#path).catch(() => undefined),
    ]);
    if (text === undefined || found === undefined) return 'alive'; // gone: the next attempt will tell
    this.text = text;
    const holder = parseHolder(text);
    if (holder !== undefined && isDead(holder)) return 'dead';
    const now = performance.now();
    const seen = `${text} ${found.mtimeMs} ${found.ino}`;
    if (seen !== this.#seen) [this.#seen, this.#since] = [seen, now];
    return now - this.#since > this.#staleMs ? 'silent' : 'alive';
  }
}
