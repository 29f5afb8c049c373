import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileSource } from '../../src/checkpoint/file-source.node.ts';
import { expectRefusal } from './refusal.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mamba-ts-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, bytes: readonly number[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, Uint8Array.from(bytes));
  return path;
}

describe('openFileSource', () => {
  it('reads every range of a file, whatever the size of a piece', async () => {
    const path = await fileOf('seven', [10, 11, 12, 13, 14, 15, 16]);
    for (const pieceBytes of [1, 2, 3, 7, 8, undefined]) {
      const source = await openFileSource(path, pieceBytes);
      expect([source.name, source.size]).toEqual([path, 7]);
      expect(Array.from(await source.read(0, 7))).toEqual([10, 11, 12, 13, 14, 15, 16]);
      expect(Array.from(await source.read(2, 4))).toEqual([12, 13, 14, 15]);
      expect(await source.read(7, 0)).toHaveLength(0);
      await source.close();
    }
  });

  it('reads beyond 4 GiB', async () => {
    const path = join(folder, 'sparse');
    const position = 2 ** 32 + 5;
    const handle = await open(path, 'w');
    await handle.write(Uint8Array.of(1, 2, 3), 0, 3, position);
    await handle.close();
    const source = await openFileSource(path);
    expect(source.size).toBe(position + 3);
    expect(Array.from(await source.read(position - 1, 4))).toEqual([0, 1, 2, 3]);
    await source.close();
    await rm(path);
  });

  it('refuses a range beyond the end', async () => {
    const path = await fileOf('two', [1, 2]);
    const source = await openFileSource(path);
    const message = 'expected 2 bytes at 1, got a file of 2 bytes';
    await expectRefusal(() => source.read(1, 2), { file: path, message });
    await source.close();
  });

  it('says so when the file shrinks while it is open', async () => {
    const path = await fileOf('shrinking', [1, 2, 3]);
    const source = await openFileSource(path);
    await truncate(path, 2);
    const message = 'expected 1 bytes at 2, got the end of the file; it shrank since it was opened';
    await expectRefusal(() => source.read(0, 3), { file: path, message });
    await source.close();
  });

  it('refuses a closed file as a CheckpointError with the cause', async () => {
    const path = await fileOf('closed', [1]);
    const source = await openFileSource(path);
    await source.close();
    const error = await expectRefusal(() => source.read(0, 1), { file: path, message: 'cannot be read (EBADF)' });
    expect((error.cause as { code: string }).code).toBe('EBADF');
  });

  it('names the path of a file that is not there, is no file or cannot be reached', async () => {
    const missing = join(folder, 'missing');
    const absent = await expectRefusal(() => openFileSource(missing), {
      file: missing,
      message: 'no such file; check the path',
    });
    expect((absent.cause as { code: string }).code).toBe('ENOENT');
    await expectRefusal(() => openFileSource(folder), { file: folder, message: 'expected a file, got a folder' });
    const device = '/dev/null';
    const message = 'expected a regular file, got a pipe or a device';
    await expectRefusal(() => openFileSource(device), { file: device, message });
    const long = join(folder, 'x'.repeat(5000));
    await expectRefusal(() => openFileSource(long), { file: long, message: 'cannot be read (ENAMETOOLONG)' });
  });
});
