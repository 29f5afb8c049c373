/**
 * A model's config.json alone, without its weights.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { snapshotFolder } from './cache-paths.node.ts';
import { cachedCommit, writeRef } from './cached-model.node.ts';
import { HubError } from './hub-error.ts';
import { loadFile } from './load-files.node.ts';
import type { HubOptions } from './options.node.ts';
import { openContext } from './options.node.ts';
import { describeFile } from './remote-file.ts';
import { isCommit, parseRepoId } from './repo-id.ts';

export interface PulledConfig {
  /** `ORG/NAME`. */
  readonly id: string;
  /** The text of config.json. */
  readonly text: string;
}

/**
 * Reads the config.json of `ORG/NAME` or `ORG/NAME@REVISION` from the hub, or from the cache where the hub cannot be asked.
 * @throws HubError (as a rejection) with one line
 */
export async function pullConfig(spec: string, options: HubOptions = {}): Promise<PulledConfig> {
  const repo = parseRepoId(spec);
  const context = await openContext(options);
  const { cache, offline } = context.settings;
  const commit = await cachedCommit(cache, repo);
  const cached = commit === undefined ? undefined : await readCached(cache, repo.id, commit);
  if (cached !== undefined && (offline || isCommit(repo.revision))) return { id: repo.id, text: cached };
  if (offline) {
    const cure = 'unset HF_HUB_OFFLINE, or give a folder or a config.json';
    throw new HubError('offline', `${spec}: expected its config.json in ${cache}, it is not there; ${cure}`);
  }
  try {
    const file = await describeFile(repo, 'config.json', context.client);
    const text = await readFile(await loadFile(file, context), 'utf8');
    // A commit that is known may have its weights here; it stays the one that is used offline.
    if (commit === undefined) await writeRef(cache, repo, file.commit);
    return { id: repo.id, text };
  } catch (error) {
    if (cached === undefined || !(error instanceof HubError) || error.code !== 'network') throw error;
    options.onStale?.(error);
    return { id: repo.id, text: cached };
  }
}

function readCached(cache: string, id: string, commit: string): Promise<string | undefined> {
  const path = join(snapshotFolder(cache, id, commit), 'config.json');
  return readFile(path, 'utf8').catch(() => undefined);
}
