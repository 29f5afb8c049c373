/**
 * The one error of this folder: what cannot be had from the hub or the cache, why, and what to do about it.
 * Whatever a server answers and whatever the disk does, a pull ends in a result, in this error, or in its signal's reason.
 */

/** What went wrong, for programs; the message says it for people. */
export type HubErrorCode =
  | 'name' // an id, a revision, a file's name or a setting that cannot be
  | 'not-found' // no such model, or not for this token
  | 'revision' // the model is there, the revision is not
  | 'entry' // the revision is there, a file is not
  | 'unauthorized'
  | 'forbidden'
  | 'rate-limit'
  | 'server' // 5xx
  | 'network'
  | 'redirect'
  | 'response' // an answer that makes no sense
  | 'damaged' // bytes that are not those that were asked for
  | 'changed' // the file is another one than was announced
  | 'checksum'
  | 'no-space'
  | 'no-permission'
  | 'disk' // any other refusal of the file system
  | 'offline'
  | 'busy'; // another process is at it

export interface HubErrorDetails {
  readonly cause?: unknown;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

export class HubError extends Error {
  override readonly name = 'HubError';
  readonly code: HubErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: HubErrorCode, message: string, { cause, retryAfterMs }: HubErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

const passing: readonly HubErrorCode[] = ['rate-limit', 'server', 'network', 'damaged', 'changed'];

/** Whether the same request may do better a moment later. */
export function isTransient(error: unknown): error is HubError {
  return error instanceof HubError && passing.includes(error.code);
}

/** Longest text from elsewhere that an error repeats, in characters. */
const longestQuote = 80;

/** Text from a server, a file or a command line as an error may show it: quoted, escaped, cut when long. */
export function quote(text: string): string {
  const shown = text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
  return JSON.stringify(shown).replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}
