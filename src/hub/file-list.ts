/**
 * Which files a revision has: the hub's list, or where that is not to be had (mirrors), what asking name by name shows.
 */
import { withRetries } from './backoff.ts';
import { probedNames } from './choose-files.ts';
import { HubError } from './hub-error.ts';
import { field, parsed } from './json-field.ts';
import { refusal } from './refusal.ts';
import type { Client } from './remote-file.ts';
import { describeFile } from './remote-file.ts';
import type { RepoId } from './repo-id.ts';
import { isCommit } from './repo-id.ts';
import { cutReason, discard, Patience, request } from './transport.ts';
import { listUrl } from './urls.ts';

export interface FileList {
  readonly commit: string;
  readonly names: ReadonlySet<string>;
  /** In bytes, of the files of which the hub says so. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** @throws HubError `not-found`, `revision`, `unauthorized`, `forbidden`, and what requests throw */
export async function listFiles(repo: RepoId, client: Client): Promise<FileList> {
  const listed = await askForList(repo, client).catch((error: unknown) => {
    // A hub without a list can still have the files.
    if (error instanceof HubError && ['not-found', 'server', 'response'].includes(error.code)) return error;
    throw error;
  });
  if (!(listed instanceof HubError)) return listed;
  return (await probe(repo, client)) ?? Promise.reject(listed);
}

function askForList(repo: RepoId, client: Client): Promise<FileList> {
  const { endpoint, token, timing, signal } = client;
  const url = listUrl(endpoint, repo);
  return withRetries(async () => {
    const patience = new Patience(timing.stallMs, signal);
    try {
      const { response } = await request(url, client, { cut: patience.signal });
      if (!response.ok) {
        await discard(response);
        throw refusal(response, { endpoint, repo, token: token !== undefined });
      }
      const text = await response.text().catch((cause: unknown) => {
        throw cutReason(cause, url.host, signal);
      });
      return parseList(text, repo);
    } finally {
      patience.end();
    }
  }, client);
}

/** `{"sha": COMMIT, "siblings": [{"rfilename": NAME, "size": BYTES}, …]}`, large files with `"lfs": {"size": BYTES}`. @throws HubError `response` when it is anything else */
export function parseList(text: string, { id }: RepoId): FileList {
  const json = parsed(text);
  const [commit, siblings] = [field(json, 'sha'), field(json, 'siblings')];
  const names = Array.isArray(siblings) ? siblings.map((sibling: unknown) => field(sibling, 'rfilename')) : [];
  if (typeof commit !== 'string' || !isCommit(commit) || !names.every((name) => typeof name === 'string')) {
    throw new HubError('response', `${id}: expected a list of files with their commit, got something else`);
  }
  const sizes = new Map<string, number>();
  for (const sibling of siblings as readonly unknown[]) {
    const size = field(field(sibling, 'lfs'), 'size') ?? field(sibling, 'size');
    if (Number.isSafeInteger(size)) sizes.set(String(field(sibling, 'rfilename')), Number(size));
  }
  return { commit, names: new Set(names), sizes };
}

/** Undefined when not one of the files is there. */
async function probe(repo: RepoId, client: Client): Promise<FileList | undefined> {
  const sizes = new Map<string, number>();
  let commit: string | undefined;
  for (const name of probedNames) {
    // Once the commit is known, all files are asked for by it: a push meanwhile must not mix two versions.
    const file = await describeFile({ ...repo, revision: commit ?? repo.revision }, name, client).catch(absent);
    if (file === undefined) continue;
    sizes.set(name, file.size);
    commit ??= file.commit;
  }
  return commit === undefined ? undefined : { commit, names: new Set(sizes.keys()), sizes };
}

function absent(error: unknown): undefined {
  if (error instanceof HubError && error.code === 'entry') return undefined;
  throw error;
}
