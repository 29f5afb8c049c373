import { existsSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { diskError, expectRoom, freeBytes, sizeText } from '../../src/hub/disk.node.ts';
import { pullModel } from '../../src/hub/index.node.ts';
import { openPartial } from '../../src/hub/partial-file.node.ts';
import { FakeHub } from './fake-hub.ts';
import { emptyFolder, impatient, usualModel, wrongBlobs } from './fake-models.ts';

let hub: FakeHub;
let folder: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  hub = await FakeHub.start();
  hub.models.set('org/small', usualModel(100_000));
  ({ path: folder, remove } = await emptyFolder());
});
afterEach(async () => {
  vi.restoreAllMocks();
  await hub.stop();
  await remove();
});

const refusal = (code: string) => Object.assign(new Error(`${code}: x`), { code });

describe('diskError', () => {
  it.each([
    ['ENOSPC', 'no-space', /^no space left for \/c \(ENOSPC\); make room and run it again/],
    ['EDQUOT', 'no-space', /make room/],
    ['EACCES', 'no-permission', /^cannot write \/c \(EACCES\); change its permissions, or set HF_HOME/],
    ['EROFS', 'no-permission', /HF_HOME/],
    ['ENOTDIR', 'disk', /^cannot use \/c \(ENOTDIR\); check HF_HOME/],
  ])('%s is %s in one line that says what to do', (code, kind, line) => {
    expect(diskError('/c', refusal(code))).toMatchObject({ code: kind, message: expect.stringMatching(line) });
  });

  it('leaves alone what does not come from the disk', () => {
    const error = new TypeError('x');
    expect(diskError('/c', error)).toBe(error);
  });
});

describe('room', () => {
  it('is what the system says, and refused by both numbers', async () => {
    expect(await freeBytes(folder)).toBeGreaterThan(0);
    expect(await freeBytes(join(folder, 'absent'))).toBe(Number.POSITIVE_INFINITY);
    expect(() => expectRoom('/c', 10, 10)).not.toThrow();
    expect(() => expectRoom('/c', 5.6e9, 45.2e6)).toThrow('/c: expected 5.6 GB of room, got 45.2 MB');
    expect(() => expectRoom('/c', 1, Number.NaN)).toThrow('expected 1 bytes');
  });

  it('is written in decimal units', () => {
    expect([0, 999, 1000, 999_949, 999_950, 5.6e9].map(sizeText)).toEqual([
      ...['0 bytes', '999 bytes', '1.0 kB', '999.9 kB', '1.0 MB', '5.6 GB'],
    ]);
  });
});

describe('a pull onto a disk that refuses', () => {
  it('ends with "no space left" when it fills up on the way, keeps what came, and goes on once there is room', async () => {
    const handle = await open(join(folder, 'x'), 'w');
    const handles = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    const write = handles.write as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
    let room = 70_000;
    const spy = vi.spyOn(handles, 'write').mockImplementation(async function (this: unknown, ...args: unknown[]) {
      const length = args[2] as number;
      if (length > room) throw refusal('ENOSPC');
      room -= length;
      return write.apply(this, args);
    } as never);
    const cache = join(folder, 'cache');
    await expect(pullModel('org/small', impatient(hub, cache))).rejects.toMatchObject({ code: 'no-space' });
    spy.mockRestore();
    expect(await wrongBlobs(cache)).toEqual([]);
    await pullModel('org/small', impatient(hub, cache));
    expect(await wrongBlobs(cache)).toEqual([]);
    expect(hub.bodies().at(-1)!.headers.range).toMatch(/^bytes=[1-9]/);
  });

  // Node's recursive mkdir never comes back from this.
  it.runIf(existsSync('/proc/self'))('ends where no folder can be made', async () => {
    await expect(pullModel('org/small', impatient(hub, '/proc/mamba-ts/hub'))).rejects.toMatchObject({
      code: 'disk',
      message: expect.stringMatching(/^cannot use \/proc\/mamba-ts\/.* \(ENOENT\); check HF_HOME/),
    });
  });

  it('names the place when the cache cannot be made', async () => {
    await writeFile(join(folder, 'file'), '');
    const pull = pullModel('org/small', impatient(hub, join(folder, 'file/cache')));
    await expect(pull).rejects.toMatchObject({
      code: 'disk',
      message: expect.stringMatching(/\(ENOTDIR\); check HF_HOME/),
    });
  });
});

describe('openPartial', () => {
  const checksum = { algorithm: 'sha256', hex: 'f'.repeat(64) } as const;

  it('does not follow a link in its place, nor write into a device', async () => {
    const { symlink } = await import('node:fs/promises');
    await writeFile(join(folder, 'mine'), 'precious');
    await symlink(join(folder, 'mine'), join(folder, 'partial'));
    await expect(openPartial(join(folder, 'partial'), 1, checksum)).rejects.toMatchObject({ code: 'disk' });
    if (existsSync('/dev/full')) {
      await expect(openPartial('/dev/full', 1, checksum)).rejects.toThrow('expected a file, got something else');
    }
  });

  it('a part that is longer than the whole is no part', async () => {
    await writeFile(join(folder, 'partial'), 'toolong');
    const partial = await openPartial(join(folder, 'partial'), 3, checksum);
    expect(partial.done).toBe(0);
    await partial.close();
  });
});
