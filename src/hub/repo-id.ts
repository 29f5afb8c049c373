/**
 * What a model is called on the hub: `org/name`, optionally `@revision` (a branch, a tag or a commit).
 */
import { expectSafePath } from './file-name.ts';
import { HubError, quote } from './hub-error.ts';

export interface RepoId {
  /** `org/name`. */
  readonly id: string;
  readonly revision: string;
}

const defaultRevision = 'main';

/** The hub's own rule for either part of an id. */
const part = /^[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;

/** @throws HubError `name` when the text is no id: the hub allows letters, digits, - _ . and neither -- nor .. in a name */
export function parseRepoId(text: string): RepoId {
  const at = text.indexOf('@');
  const id = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? defaultRevision : text.slice(at + 1);
  const parts = id.split('/');
  const fits = parts.length === 2 && parts.every((one) => part.test(one) && !/--|\.\.|\.git$/.test(one));
  if (!fits) throw new HubError('name', `expected a model's id, ORG/NAME or ORG/NAME@REVISION, got ${quote(text)}`);
  expectSafePath(revision, 'a revision');
  return { id, revision };
}

/** Whether a revision names one commit for ever. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** The folder of a model in the cache: `models--ORG--NAME`. */
export function cacheFolderName(id: string): string {
  return `models--${id.replaceAll('/', '--')}`;
}

/** The id whose folder this is, or undefined when it is no model's. Ids without an org are old, but they are there. */
export function idOfCacheFolder(folder: string): string | undefined {
  if (!folder.startsWith('models--')) return undefined;
  const parts = folder.slice('models--'.length).split('--');
  return parts.length <= 2 && parts.every((one) => part.test(one)) ? parts.join('/') : undefined;
}
