/**
 * What a user calls MODEL: a folder, or a model's id on the hub.
 */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { HubError, quote } from './hub-error.ts';
import type { HubOptions } from './options.node.ts';
import { pullModel } from './pull.node.ts';

export interface ResolvedModel {
  /** A folder with config.json and weights. */
  readonly folder: string;
  /** Undefined where no tokenizer is known: a folder without one, a model of an unknown kind without one. */
  readonly tokenizerJsonPath: string | undefined;
  /** The id on the hub, or a folder's own name. */
  readonly id: string;
  /** Undefined for a folder. */
  readonly commit: string | undefined;
  /** Names of what was pulled; undefined for a folder, into which nobody has looked. */
  readonly files: readonly string[] | undefined;
}

/** Whether this can only be meant as a path. */
export function looksLikePath(spec: string): boolean {
  return /^(?:[./~\\]|[A-Za-z]:[\\/])/.test(spec);
}

/**
 * A folder as it is, if there is one of that name; anything else from the hub or its cache.
 * @throws HubError (as a rejection): `name` when it is neither a folder nor an id; whatever pulling throws
 */
export async function resolveModel(spec: string, options: HubOptions = {}): Promise<ResolvedModel> {
  const found = await stat(spec).catch(() => undefined);
  if (found?.isDirectory()) return folderModel(spec);
  if (found !== undefined)
    throw new HubError('name', `expected a folder or an id on the hub, got the file ${quote(spec)}`);
  if (looksLikePath(spec) || !spec.includes('/')) {
    throw new HubError('name', `expected a folder or an id on the hub (ORG/NAME), there is no ${quote(spec)}`);
  }
  const { folder, tokenizerJsonPath, id, commit, files } = await pullModel(spec, options);
  return { folder, tokenizerJsonPath, id, commit, files: files.map(({ name }) => name) };
}

async function folderModel(spec: string): Promise<ResolvedModel> {
  const folder = resolve(spec);
  const path = join(folder, 'tokenizer.json');
  const found = await stat(path).catch(() => undefined);
  const tokenizerJsonPath = found?.isFile() ? path : undefined;
  return { folder, tokenizerJsonPath, id: basename(folder), commit: undefined, files: undefined };
}
