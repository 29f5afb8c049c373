/**
 * What an answer that is no success means, and what to do about it.
 */
import { HubError, quote } from './hub-error.ts';
import type { RepoId } from './repo-id.ts';
import { parseRetryAfter } from './retry-after.ts';

export interface Asked {
  readonly endpoint: string;
  readonly repo: RepoId;
  /** The file, where it is about one. */
  readonly file?: string;
  /** Whether a token was sent. */
  readonly token: boolean;
}

type Answer = Pick<Response, 'status' | 'headers'>;

/** The error for an answer with a status other than 2xx and 3xx. */
export function refusal(answer: Answer, asked: Asked): HubError {
  const { status, headers } = answer;
  const { id, revision } = asked.repo;
  const what = asked.file === undefined ? id : `${id}/${asked.file}`;
  const reason = headers.get('x-error-code');
  if (reason === 'GatedRepo') return gated(asked);
  if (reason === 'RevisionNotFound') {
    return new HubError('revision', `${id}: expected a branch, tag or commit, there is no ${quote(revision)}`);
  }
  if (status === 401) {
    const cure = asked.token ? 'check the name and the token' : 'check the name, or set HF_TOKEN if it is private';
    return new HubError('unauthorized', `${what}: the hub has no such model for you (401); ${cure}`);
  }
  if (status === 403) return gated(asked);
  if (status === 404 && (asked.file === undefined || reason === 'RepoNotFound')) {
    return new HubError('not-found', `${id}: the hub has no such model (404); check the name, ORG/NAME`);
  }
  if (status === 404) {
    const cure = `the model is not whole there: try another revision (${id}@REVISION), or tell its owner`;
    return new HubError('entry', `${id}@${revision}: there is no file ${quote(asked.file ?? '')} (404); ${cure}`);
  }
  return troubled(answer, what);
}

function gated({ endpoint, repo, token }: Asked): HubError {
  const cure = token ? 'with the account of your token' : 'and set HF_TOKEN to a token of that account';
  return new HubError('forbidden', `${repo.id}: access is restricted; ask for it at ${endpoint}/${repo.id} ${cure}`);
}

/** An answer that may be another one later. */
function troubled({ status, headers }: Answer, what: string): HubError {
  const details = { retryAfterMs: parseRetryAfter(headers.get('retry-after'), Date.now()) };
  if (status === 429)
    return new HubError('rate-limit', `${what}: the hub refuses so many requests (429); wait a while`, details);
  if (status >= 500 || status === 408) {
    return new HubError('server', `${what}: the hub is in trouble (${status}); try again later`, details);
  }
  return new HubError('response', `${what}: expected the file, got status ${status}`);
}
