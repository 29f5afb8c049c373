/**
 * The driver's end of the protocol, over any transport: requests become promises, answers settle them.
 */
import { DeviceLostError } from '../engine/errors.ts';
import { errorFromMessage } from './error-message.ts';
import type { Answer, PieceAnswer, ProgressAnswer, Request, ResultAnswer, Results, WorkRequest } from './protocol.ts';

export interface RequestWatch {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ProgressAnswer) => void) | undefined;
  readonly onPiece?: ((piece: PieceAnswer) => void) | undefined;
}

/** What W's request is answered with. */
export type ResultOf<W extends WorkRequest> = ResultAnswer<W['type'] & keyof Results>;

interface Pending extends RequestWatch {
  readonly resolve: (answer: ResultAnswer) => void;
  readonly reject: (error: unknown) => void;
}

export class Connection {
  readonly #send: (request: Request) => Promise<unknown>;
  readonly #pending = new Map<number, Pending>();
  #requests = 0;
  #lost: Error | undefined;

  /** @param send takes a request to the page; a rejection means that the page is gone */
  constructor(send: (request: Request) => Promise<unknown>) {
    this.#send = send;
  }

  /** @throws what went wrong in the page, or DeviceLostError when the page is gone */
  async request<W extends WorkRequest>(work: W, watch: RequestWatch = {}): Promise<ResultOf<W>> {
    if (this.#lost !== undefined) throw this.#lost;
    const { signal } = watch;
    signal?.throwIfAborted();
    const id = this.#requests++;
    const post = (request: Request) => {
      this.#send(request).catch((error: unknown) => this.lose(error instanceof Error ? error.message : String(error)));
    };
    const abort = () => post({ type: 'abort', id });
    signal?.addEventListener('abort', abort);
    try {
      const answer = await new Promise<ResultAnswer>((resolve, reject) => {
        this.#pending.set(id, { ...watch, resolve, reject });
        post({ ...work, id });
      });
      return answer as ResultOf<W>;
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', abort);
    }
  }

  take(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    if (answer.type === 'progress') pending?.onProgress?.(answer);
    else if (answer.type === 'piece') pending?.onPiece?.(answer);
    else if (answer.type === 'result') pending?.resolve(answer);
    else pending?.reject(errorFromMessage(answer));
  }

  /** The page is gone: every request fails, now and later. */
  lose(reason: string): void {
    this.#lost ??= new DeviceLostError(`the page is gone: ${reason}`);
    for (const { reject } of this.#pending.values()) reject(this.#lost);
  }
}
