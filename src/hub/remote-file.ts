/**
 * What the hub says of a file before it is loaded: commit, checksum, size.
 */
import type { BackoffOptions } from './backoff.ts';
import { withRetries } from './backoff.ts';
import type { Checksum } from './etag.ts';
import { parseChecksum } from './etag.ts';
import { HubError, quote } from './hub-error.ts';
import { isRedirect } from './redirect.ts';
import { refusal } from './refusal.ts';
import type { RepoId } from './repo-id.ts';
import { isCommit } from './repo-id.ts';
import type { Timing } from './timing.ts';
import type { Landing, Transport } from './transport.ts';
import { Patience, request } from './transport.ts';
import { fileUrl } from './urls.ts';

export interface Client extends Transport, BackoffOptions {
  readonly timing: Timing;
}

export interface RemoteFile {
  readonly repo: RepoId;
  readonly name: string;
  readonly commit: string;
  readonly checksum: Checksum;
  /** In bytes. */
  readonly size: number;
}

/**
 * Asks for a file's headers.
 * @throws HubError `entry` when there is no such file, `response` when its answer lacks what is needed, and what
 * requests throw
 */
export function describeFile(repo: RepoId, name: string, client: Client): Promise<RemoteFile> {
  return withRetries(async () => {
    const patience = new Patience(client.timing.stallMs, client.signal);
    try {
      const url = fileUrl(client.endpoint, repo, name);
      const landing = await request(url, client, { method: 'HEAD', cut: patience.signal, stopAt: isMetadata });
      const { endpoint, token } = client;
      const { response } = landing;
      const good = response.ok || isRedirect(response.status);
      if (!good) throw refusal(response, { endpoint, repo, file: name, token: token !== undefined });
      const file = { repo, name, ...announced(landing, `${repo.id}/${name}`) };
      expectCommit(file);
      return file;
    } finally {
      patience.end();
    }
  }, client);
}

/** Who asks for a commit must get that commit, or a snapshot would mix two versions. */
function expectCommit({ repo, name, commit }: RemoteFile): void {
  if (!isCommit(repo.revision) || commit === repo.revision) return;
  const where = `${repo.id}/${name}`;
  throw new HubError('response', `${where}: expected it of commit ${repo.revision}, got it of ${commit}`);
}

/** A redirect to a large file's bytes carries all that is asked for; one to another name of the repo does not. */
function isMetadata(response: Response): boolean {
  return response.headers.has('x-linked-etag');
}

/** The hub's own words, never those of the host that stores the bytes. */
export function announcedEtag({ own, response }: Landing): string | undefined {
  const linked = header(own, 'x-linked-etag');
  return linked ?? header([own.at(-1) ?? response], 'etag');
}

function announced(landing: Landing, where: string): Pick<RemoteFile, 'commit' | 'checksum' | 'size'> {
  const commit = header(landing.own, 'x-repo-commit');
  const etag = announcedEtag(landing) ?? header([landing.response], 'etag');
  const size = header(landing.own, 'x-linked-size') ?? header([landing.response], 'content-length');
  if (commit === undefined || !isCommit(commit)) {
    throw new HubError('response', `${where}: expected X-Repo-Commit with a commit, got ${quote(commit ?? '')}`);
  }
  if (etag === undefined) throw new HubError('response', `${where}: expected an ETag, got none`);
  if (size === undefined || !/^\d{1,15}$/.test(size)) {
    throw new HubError('response', `${where}: expected a size, got ${quote(size ?? '')}`);
  }
  return { commit, checksum: parseChecksum(etag, where), size: Number(size) };
}

/** The first of the answers' headers of that name. */
function header(responses: readonly Response[], name: string): string | undefined {
  return responses.map((response) => response.headers.get(name)).find((value) => value !== null) ?? undefined;
}
