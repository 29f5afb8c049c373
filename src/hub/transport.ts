/**
 * Requests to the hub. Redirects are followed by hand, so that the token stays with the host it is for, and so that the
 * answers on the way, which hold the checksums, are seen.
 */
import { HubError } from './hub-error.ts';
import type { Hop } from './redirect.ts';
import { isRedirect, mostHops, nextHop } from './redirect.ts';

export interface Transport {
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface RequestDetails {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** Cuts this one request. */
  readonly cut: AbortSignal;
  /** Ends the way early, at an answer that says enough. */
  readonly stopAt?: (response: Response) => boolean;
}

export interface Landing {
  /** The last answer, with its body. */
  readonly response: Response;
  /** The answers on the way that speak for the hub: of the host that was asked, or naming a commit. */
  readonly own: readonly Response[];
}

/** Asks, and goes where it is sent. @throws HubError `network`, `redirect`; the signal's reason when that is aborted */
export async function request(start: URL, transport: Transport, details: RequestDetails): Promise<Landing> {
  const own: Response[] = [];
  let hop: Hop = { url: start, trusted: true };
  for (let hops = 0; hops <= mostHops; hops++) {
    const response = await ask(hop, transport, details);
    if (hop.trusted || response.headers.has('x-repo-commit')) own.push(response);
    if (!isRedirect(response.status) || details.stopAt?.(response)) return { response, own };
    await discard(response);
    hop = nextHop(hop, response.headers.get('location'));
  }
  throw new HubError('redirect', `${start.host}: expected the file within ${mostHops} redirects, got more`);
}

/** Lets go of an answer whose body nobody reads. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}

async function ask(hop: Hop, { token, signal }: Transport, details: RequestDetails): Promise<Response> {
  const { method = 'GET', headers = {}, cut } = details;
  const authorization = token !== undefined && hop.trusted ? { authorization: `Bearer ${token}` } : {};
  try {
    return await fetch(hop.url, {
      method,
      redirect: 'manual',
      signal: cut,
      // Compressed bytes would have other lengths, ranges and checksums.
      headers: { 'user-agent': 'mamba-ts', 'accept-encoding': 'identity', ...headers, ...authorization },
    });
  } catch (cause) {
    throw cutReason(cause, hop.url.host, signal);
  }
}

/** What the failure of a connection is to be called. @returns the signal's reason when that was why */
export function cutReason(cause: unknown, host: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof HubError) return cause;
  const detail = networkDetail(cause);
  return new HubError('network', `cannot reach ${host} (${detail}); check the network, or set HF_HUB_OFFLINE=1`, {
    cause,
  });
}

/** ENOTFOUND, ECONNREFUSED …: fetch hides them below "fetch failed". */
function networkDetail(cause: unknown): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return cause instanceof Error ? cause.message : String(cause);
}

/** A cut that comes by itself when nothing is heard for a while, and with the signal. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  readonly signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number, signal: AbortSignal | undefined) {
    this.#milliseconds = milliseconds;
    const own = this.#controller.signal;
    this.signal = signal === undefined ? own : AbortSignal.any([own, signal]);
    this.heard();
  }

  /** Something came: the waiting starts again. */
  heard(): void {
    clearTimeout(this.#timer);
    const silent = new HubError('network', `nothing came for ${this.#milliseconds / 1000} s; check the network`);
    this.#timer = setTimeout(() => this.#controller.abort(silent), this.#milliseconds);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
