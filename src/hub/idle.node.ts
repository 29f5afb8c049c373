/**
 * Whether nobody is pulling a model.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDead, parseHolder } from '../disk/holder.node.ts';
import { HubError } from './hub-error.ts';

/** A lock that has not been touched for so long is nobody's, in milliseconds; clocks of two machines may differ a little. */
const longSilence = 60_000;

/** @throws HubError `busy` when a live process holds one of the locks */
export async function expectIdle(locks: string, id: string): Promise<void> {
  for (const name of await readdir(locks).catch(() => [])) {
    if (!name.endsWith('.mamba-ts.lock')) continue;
    const path = join(locks, name);
    const [text, found] = await Promise.all([
      readFile(path, 'utf8').catch(() => undefined),
      stat(path).catch(() => undefined),
    ]);
    const holder = text === undefined ? undefined : parseHolder(text);
    if (holder === undefined || found === undefined || isDead(holder)) continue;
    if (Date.now() - found.mtimeMs > longSilence) continue;
    throw new HubError(
      'busy',
      `${id}: process ${holder.pid} is pulling it; wait for it or end it, then run this again`,
    );
  }
}
