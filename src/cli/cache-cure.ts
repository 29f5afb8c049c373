/**
 * What to do about a file that cannot be read, where it lies in the cache of the hub.
 */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { idOfCacheFolder } from '../hub/repo-id.ts';

/** The folder of a model in the cache, and a file of one of its snapshots. */
const inCache = /[\\/](models--[^\\/]+)[\\/]snapshots[\\/][0-9a-f]{40}[\\/]([^\\/]+)$/;

/** Words behind the error's own, "" where there are none. A config that is read but not understood is as its authors made it. */
export function cacheCure(error: unknown): string {
  if (!(error instanceof CheckpointError)) return '';
  const [, folder = '', file] = inCache.exec(error.file) ?? [];
  const id = idOfCacheFolder(folder);
  if (id === undefined || file === 'config.json') return '';
  return `; if the cache is damaged: mamba-ts models rm ${id}, then pull it again`;
}
