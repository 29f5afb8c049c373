/**
 * The page's end of its Worker: calls become messages, and answers settle them. A Worker that dies fails every call.
 */
import { DeviceLostError } from '../engine/errors.ts';
import type { EngineWatch } from './engine-session.ts';
import { errorFromMessage } from './error-message.ts';
import type { ArgumentOf, CallName, ReplyOf, WorkerAnswer } from './worker-calls.ts';

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: EngineWatch['onProgress'];
}

export class WorkerClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #lost: DeviceLostError | undefined;

  constructor() {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => this.#take(data);
    this.#worker.onerror = (event) => this.#lose(event.message ?? 'it did not start');
  }

  async call<C extends CallName>(call: C, argument: ArgumentOf<C>, watch: EngineWatch = {}): Promise<ReplyOf<C>> {
    if (this.#lost !== undefined) throw this.#lost;
    watch.signal?.throwIfAborted();
    const id = this.#calls++;
    const abort = () => this.#worker.postMessage({ id, call: 'abort' });
    watch.signal?.addEventListener('abort', abort);
    try {
      return await new Promise<ReplyOf<C>>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject, onProgress: watch.onProgress });
        this.#worker.postMessage({ id, call, argument });
      });
    } finally {
      this.#pending.delete(id);
      watch.signal?.removeEventListener('abort', abort);
    }
  }

  terminate(): void {
    this.#worker.terminate();
    this.#lose('it was ended');
  }

  #take(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    if ('done' in answer) pending?.onProgress?.(answer.done, answer.total);
    else if ('error' in answer) pending?.reject(errorFromMessage(answer.error));
    else pending?.resolve(answer.result as never);
  }

  #lose(reason: string): void {
    this.#lost ??= new DeviceLostError(`the worker is gone: ${reason}`);
    for (const { reject } of this.#pending.values()) reject(this.#lost);
  }
}
