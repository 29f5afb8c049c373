import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holderText, isDead, parseHolder, thisHolder } from '../../src/disk/holder.node.ts';
import type { LockOptions } from '../../src/hub/lock.node.ts';
import { takeLock } from '../../src/hub/lock.node.ts';
import { defaultTiming } from '../../src/hub/timing.ts';
import { emptyFolder } from './fake-models.ts';

let path: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  const folder = await emptyFolder();
  remove = folder.remove;
  path = join(folder.path, '.locks/models--a--b/x.lock');
});
afterEach(() => remove());

const timing = { ...defaultTiming, lockBeatMs: 10, lockStaleMs: 150 };
const options: LockOptions = { timing, signal: undefined, isDone: async () => false };

/** The id of a process that was, and is no more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('close', resolve));
  return child.pid!;
}

async function leaveLock(text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

describe('takeLock', () => {
  it('has one holder at a time, and leaves nothing behind', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      const lock = (await takeLock(path, options))!;
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 10 }, work));
    expect(most).toBe(1);
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it('waits for a live holder however long it takes, since it beats, and tells once', async () => {
    const lock = (await takeLock(path, options))!;
    let [told, second] = [0, false];
    const waiting = takeLock(path, { ...options, onWait: () => told++ }).then((taken) => {
      second = true;
      return taken!;
    });
    await new Promise((resolve) => setTimeout(resolve, 3 * timing.lockStaleMs));
    expect([second, told, await lock.isHeld()]).toEqual([false, 1, true]);
    await lock.release();
    await (await waiting).release();
  });

  it('ends without the lock once somebody else has done the work, also in the last moment', async () => {
    const lock = (await takeLock(path, options))!;
    let looks = 0;
    expect(await takeLock(path, { ...options, isDone: async () => ++looks > 3 })).toBeUndefined();
    await lock.release();
    // False before it is taken, true after: the holder before has finished between the two.
    looks = 0;
    expect(await takeLock(path, { ...options, isDone: async () => ++looks > 1 })).toBeUndefined();
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it('takes over at once from a process that is dead, and what that was writing can be continued', async () => {
    await leaveLock(holderText({ ...thisHolder('x'), pid: await deadPid(), start: '' }));
    const started = performance.now();
    const lock = (await takeLock(path, { ...options, timing: defaultTiming }))!;
    expect(performance.now() - started).toBeLessThan(defaultTiming.lockStaleMs / 2);
    expect(lock.seized).toBe(false);
    await lock.release();
  });

  it.each([
    ['another machine’s', holderText({ ...thisHolder('x'), place: 'elsewhere' })],
    ['an empty', ''],
    ['a senseless', 'what\nis\nthis'],
  ])(
    'takes over %s lock once it has been silent, whatever its time says, and leaves its file alone',
    async (_, text) => {
      await leaveLock(text);
      const future = new Date(Date.now() + 3.6e6);
      await utimes(path, future, future);
      const started = performance.now();
      const lock = (await takeLock(path, options))!;
      expect(performance.now() - started).toBeGreaterThanOrEqual(timing.lockStaleMs);
      expect(lock.seized).toBe(true);
      await lock.release();
    },
  );

  it('a holder that slept finds out, and takes nothing from the one after it', async () => {
    const asleep = (await takeLock(path, options))!;
    const text = await readFile(path, 'utf8');
    const other = holderText({ ...parseHolder(text)!, nonce: 'other' });
    await writeFile(path, other);
    expect(await asleep.isHeld()).toBe(false);
    const { mtimeMs } = await stat(path);
    await new Promise((resolve) => setTimeout(resolve, 5 * timing.lockBeatMs));
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
    await asleep.release();
    expect(await readFile(path, 'utf8')).toBe(other);
  });

  it('ends with its signal’s reason', async () => {
    const lock = (await takeLock(path, options))!;
    const signal = AbortSignal.timeout(30);
    await expect(takeLock(path, { ...options, signal })).rejects.toMatchObject({ name: 'TimeoutError' });
    await lock.release();
  });
});

describe('isDead', () => {
  it('is certain or says no: this process lives, its id with another start is another one, elsewhere is unknown', async () => {
    const here = thisHolder('x');
    expect(isDead(here)).toBe(false);
    expect(isDead({ ...here, start: '1 other-boot' })).toBe(true);
    expect(isDead({ ...here, pid: await deadPid(), place: 'elsewhere' })).toBe(false);
    expect(isDead({ ...here, pid: await deadPid() })).toBe(true);
  });
});

describe('parseHolder', () => {
  it('reads what holderText wrote, and nothing else', () => {
    const holder = thisHolder('nonce');
    expect(parseHolder(holderText(holder))).toEqual(holder);
    for (const text of ['', 'a\n1\n\n', 'a\nb\nc\nd\n', 'a\n1\nc\nd\ne\n']) expect(parseHolder(text)).toBeUndefined();
  });
});
