/**
 * One request for the bytes of a file: from where the partial file ends, or from the start when that cannot be had.
 * What arrives is checked as far as an answer can be: file, range, length. The whole is checked by its sum, elsewhere.
 */
import { parseContentRange } from './content-range.ts';
import { bareEtag, strongEtag } from './etag.ts';
import { HubError } from './hub-error.ts';
import type { PartialFile } from './partial-file.node.ts';
import { refusal } from './refusal.ts';
import type { Client, RemoteFile } from './remote-file.ts';
import { announcedEtag } from './remote-file.ts';
import type { Landing } from './transport.ts';
import { cutReason, discard, Patience, request } from './transport.ts';
import { fileUrl } from './urls.ts';

export interface Reception {
  readonly file: RemoteFile;
  readonly partial: PartialFile;
  readonly client: Client;
  /** The tag of the bytes where they are stored, as the first answer had it: later parts must be of the same. */
  storedTag?: string | undefined;
  /** Told after every part. */
  readonly onBytes: () => void;
}

/**
 * Appends what comes until the file is whole.
 * @throws HubError for whatever is wrong with the answer; what was appended before stays, unless it is in doubt
 */
export async function receive(reception: Reception): Promise<void> {
  const { file, partial, client } = reception;
  const patience = new Patience(client.timing.stallMs, client.signal);
  const url = fileUrl(client.endpoint, { id: file.repo.id, revision: file.commit }, file.name);
  try {
    const landing = await request(url, client, { headers: rangeHeaders(reception), cut: patience.signal });
    try {
      await expectRightAnswer(landing, reception);
    } catch (error) {
      await discard(landing.response);
      throw error;
    }
    await readBody(landing.response, reception, patience);
  } finally {
    patience.end();
  }
  if (partial.done < file.size) throw damaged(reception, `${file.size} bytes`, `${partial.done}`);
}

/** If-Range makes the server send the whole when its file is not the one that was begun. */
function rangeHeaders({ file, partial, storedTag }: Reception): Record<string, string> {
  if (partial.done === 0) return {};
  const range = { range: `bytes=${partial.done}-` };
  const tag = storedTag ?? (file.checksum.algorithm === 'git-sha1' ? `"${file.checksum.hex}"` : undefined);
  return tag === undefined ? range : { ...range, 'if-range': tag };
}

async function expectRightAnswer(landing: Landing, reception: Reception): Promise<void> {
  const { file, partial, client } = reception;
  const { response } = landing;
  const { endpoint, token } = client;
  if (response.status === 416) {
    await partial.restart();
    throw damaged(reception, 'the rest of the file', 'status 416');
  }
  if (response.status !== 200 && response.status !== 206) {
    throw refusal(response, { endpoint, repo: file.repo, file: file.name, token: token !== undefined });
  }
  expectSameFile(landing, file);
  if (response.status === 206) await expectRightRange(response, reception);
  else await expectWhole(response, reception);
  reception.storedTag = strongEtag(response.headers.get('etag'));
}

/** @throws HubError `changed` when the hub now speaks of other bytes than before */
function expectSameFile(landing: Landing, { checksum, repo, name }: RemoteFile): void {
  const etag = announcedEtag(landing);
  if (etag === undefined || bareEtag(etag).toLowerCase() === checksum.hex) return;
  throw new HubError('changed', `${repo.id}/${name}: the file changed on the hub meanwhile; run it again`);
}

async function expectRightRange(response: Response, reception: Reception): Promise<void> {
  const { file, partial, storedTag } = reception;
  const range = parseContentRange(response.headers.get('content-range'));
  const tag = strongEtag(response.headers.get('etag'));
  const right = range?.first === partial.done && (range.total ?? file.size) === file.size;
  const same = storedTag === undefined || tag === undefined || tag === storedTag;
  if (right && same) return;
  const expected = `bytes ${partial.done}-${file.size - 1}/${file.size}`;
  await partial.restart();
  reception.storedTag = undefined;
  const got = right ? 'another file’s' : (response.headers.get('content-range') ?? 'no range');
  throw damaged(reception, expected, got);
}

/** The whole instead of the rest is slower, not wrong. */
async function expectWhole(response: Response, reception: Reception): Promise<void> {
  const { file, partial } = reception;
  if (partial.done > 0) await partial.restart();
  const length = response.headers.get('content-length');
  if (length === null || Number(length) === file.size) return;
  throw damaged(reception, `${file.size} bytes`, length);
}

async function readBody(response: Response, reception: Reception, patience: Patience): Promise<void> {
  const { file, partial, client, onBytes } = reception;
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const read = () => {
    const next = reader.read().catch((cause: unknown) => {
      throw cutReason(cause, new URL(response.url).host, client.signal);
    });
    next.catch(() => {}); // it may fail while the part before is still being written
    return next;
  };
  try {
    // One part ahead: what waits in the stream when a connection ends is lost.
    for (let next = read(); ; ) {
      const { done, value } = await next;
      if (done) return;
      patience.heard();
      next = read();
      if (partial.done + value.length > file.size) {
        await partial.restart();
        throw damaged(reception, `${file.size} bytes`, 'more');
      }
      await partial.append(value);
      onBytes();
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function damaged({ file }: Reception, expected: string, got: string): HubError {
  const where = `${file.repo.id}/${file.name}`;
  return new HubError('damaged', `${where}: expected ${expected}, got ${got}; the connection or the server is faulty`);
}
