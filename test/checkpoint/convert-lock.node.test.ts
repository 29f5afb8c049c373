import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder, partialPath } from '../../src/checkpoint/convert-lock.node.ts';
import { holderText, thisHolder } from '../../src/disk/holder.node.ts';
import { expectRefusal } from './refusal.ts';

let folder = '';
let lockPath = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mamba-ts-convert-lock-'));
  lockPath = join(folder, '.mamba-ts-convert.lock');
});
afterEach(() => rm(folder, { recursive: true }));

/** The id of a process that was, and is no more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('close', resolve));
  return child.pid!;
}

const heldBy = (got: string) =>
  `expected no other conversion into it, got ${got}; wait for it, or if it is gone remove ${lockPath}`;

describe('lockFolder', () => {
  it('has one holder of many that come at once, refuses the others in one line, and leaves nothing behind', async () => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
    const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(locks).toHaveLength(1);
    await expectRefusal(() => lockFolder(folder), { file: folder, message: heldBy(`that of process ${process.pid}`) });
    await locks[0]!.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes over from a dead process, by one of many that come at once', async () => {
    const holder = { ...thisHolder('x'), pid: await deadPid() };
    await writeFile(lockPath, holderText(holder));
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
    const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    // Who found the dead one's lock after it was replaced may have made its own: then the first one hears of it.
    const held = await Promise.allSettled(locks.map((lock) => lock.expectHeld()));
    expect(held.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const lock of locks) await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses while another machine has it, or somebody who does not say who he is', async () => {
    await writeFile(lockPath, holderText({ ...thisHolder('x'), place: 'elsewhere', pid: 7 }));
    await expectRefusal(() => lockFolder(folder), { file: folder, message: heldBy('that of process 7') });
    await writeFile(lockPath, '');
    await expectRefusal(() => lockFolder(folder), { file: folder, message: heldBy('another conversion') });
  });

  it('tells its holder when it was taken away', async () => {
    const lock = await lockFolder(folder);
    await lock.expectHeld();
    await writeFile(lockPath, holderText({ ...thisHolder('x'), pid: 7 }));
    await expectRefusal(() => lock.expectHeld(), { file: folder, message: heldBy('that of process 7') });
    await lock.release();
    expect(await readdir(folder)).toEqual(['.mamba-ts-convert.lock']); // the other one's
  });

  it('removes the partial files of dead processes, and never those of live ones nor anything else', async () => {
    const dead = await deadPid();
    const kept = [
      ...[`model.safetensors.${process.ppid}.partial`, `notes.txt.${dead}.partial`],
      ...[`model.safetensors.${dead}`, 'model.safetensors.partial', `x-config.json.${dead}.partial`],
    ];
    for (const name of kept) await writeFile(join(folder, name), '');
    for (const name of ['model.safetensors', 'config.json', 'tokenizer.json']) {
      await writeFile(join(folder, `${name}.${dead}.partial`), '');
    }
    await writeFile(partialPath(folder, 'model.safetensors'), ''); // of a process that had our number before us
    const lock = await lockFolder(folder);
    await lock.release();
    expect((await readdir(folder)).toSorted()).toEqual(kept.toSorted());
  });
});
