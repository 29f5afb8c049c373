/**
 * The page's side of the protocol: requests in, answers out, one work at a time, whatever carries them.
 */

import { deviceLabel } from '../../gpu/software.ts';
import { errorToMessage } from './error-message.ts';
import type { PageModel } from './page-model.ts';
import { openPageModel } from './page-model.ts';
import type { Answer, LoadRequest, Request, Results, VerifyRequest, WorkName } from './protocol.ts';
import { generateText, scoreText } from './text-work.ts';
import { verifyBackend } from './verify.ts';
import type { Work } from './work.ts';
import { verifyInWorker } from './worker-session.ts';

/** Where a result comes from. */
interface Origin {
  readonly backend: string | null;
  readonly device: string | null;
}

export class Harness {
  readonly #answer: (answer: Answer) => void;
  readonly #running = new Map<number, AbortController>();
  #model: PageModel | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(answer: (answer: Answer) => void) {
    this.#answer = answer;
  }

  /** Takes a request; resolves when it has been answered. */
  async receive(request: Request): Promise<void> {
    const { id } = request;
    if (request.type === 'abort') return this.#running.get(id)?.abort();
    const controller = new AbortController();
    this.#running.set(id, controller);
    const before = this.#turn;
    this.#turn = before.then(() => this.#run(request, controller.signal));
    await this.#turn;
    this.#running.delete(id);
  }

  async #run(request: Request, signal: AbortSignal): Promise<void> {
    const { id } = request;
    const work: Work = {
      signal,
      progress: (what) => (done, total) => this.#answer({ type: 'progress', id, what, done, total }),
      piece: (text, token) => this.#answer({ type: 'piece', id, text, token }),
    };
    try {
      if (request.type !== 'dispose') signal.throwIfAborted();
      const { result, origin } = await this.#work(request, work);
      const { backend, device } = origin ?? this.#origin();
      this.#answer({ type: 'result', id, backend, device: device && deviceLabel(device), result });
    } catch (error) {
      this.#answer({ type: 'error', id, ...errorToMessage(error) });
    }
  }

  async #work(request: Request, work: Work): Promise<{ readonly result: Results[WorkName]; readonly origin?: Origin }> {
    switch (request.type) {
      case 'load':
        return { result: await this.#load(request, work) };
      case 'generate':
        return { result: await generateText(this.#expectText(), request, work) };
      case 'score':
        return { result: await scoreText(this.#expectText(), request, work) };
      case 'bench': {
        const { promptLength, genLength, repeats } = request;
        const { session } = this.#expectModel();
        const watch = { signal: work.signal, onProgress: work.progress('bench') };
        return { result: await session.bench({ promptLength, genLength, repeats, ...watch }) };
      }
      case 'verify':
        return this.#verify(request, work);
      case 'dispose':
        this.#dispose();
        return { result: null };
      default:
        throw new TypeError(`"type" expected a request of the protocol, got ${JSON.stringify(request.type)}`);
    }
  }

  async #load(request: LoadRequest, work: Work): Promise<Results['load']> {
    this.#dispose();
    this.#model = await openPageModel(request, { signal: work.signal, onProgress: work.progress('load') });
    const { name, config, session } = this.#model;
    const { fingerprint, residentBytes, model } = session;
    return { name, config, fingerprint, dtype: model.dtype, residentBytes };
  }

  async #verify({ backend, problems }: VerifyRequest, work: Work) {
    const watch = { signal: work.signal, onProgress: work.progress('verify') };
    const run = backend === 'wasm' ? verifyInWorker(problems, watch) : verifyBackend(backend, problems, watch);
    const origin = await run;
    return { result: origin.verdict ?? null, origin };
  }

  #expectModel(): PageModel {
    if (this.#model === undefined) throw new Error('the page expected a "load" before this request');
    return this.#model;
  }

  #expectText() {
    const { loaded, name } = this.#expectModel();
    if (loaded === undefined) throw new Error(`the page expected a model with a tokenizer, got ${name}`);
    return loaded;
  }

  #origin(): Origin {
    const model = this.#model?.session.model;
    return { backend: model?.backend ?? null, device: model?.device ?? null };
  }

  #dispose(): void {
    this.#model?.session.dispose();
    this.#model = undefined;
  }
}
