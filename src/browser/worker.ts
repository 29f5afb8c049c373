/**
 * The Worker's program: an engine on the WASM backend, which may wait there (`Atomics.wait`) as a page may not.
 */
import type { EngineSession, EngineWatch } from './engine-session.ts';
import { openEngineSession } from './engine-session.ts';
import { errorToMessage } from './error-message.ts';
import { verifyBackend } from './verify.ts';
import type { ArgumentOf, CallName, ReadyModel, ReplyOf, WorkerAnswer, WorkerRequest } from './worker-calls.ts';

type Handlers = {
  readonly [C in CallName]: (argument: ArgumentOf<C>, watch: EngineWatch) => Promise<ReplyOf<C>>;
};

let session: EngineSession | undefined;
const running = new Map<number, AbortController>();

const handlers: Handlers = {
  async open(plan, watch): Promise<ReadyModel> {
    session = await openEngineSession(plan, watch);
    const { fingerprint, residentBytes } = session;
    const { vocabSize, backend, device, dtype } = session.model;
    return { vocabSize, backend, device, dtype, fingerprint, residentBytes };
  },
  reset: () => opened().model.reset(),
  prefill: (ids, watch) => opened().model.prefill(ids, watch),
  step: (id) => opened().model.step(id),
  crossEntropy: ({ ids, targets }, watch) => opened().model.crossEntropy(ids, targets, watch),
  state: () => opened().model.state(),
  restore: (state) => opened().model.restore(state),
  bench: (run, watch) => opened().bench({ ...run, ...watch }),
  verify: (problems, watch) => verifyBackend('wasm', problems, watch),
};

function opened(): EngineSession {
  if (session === undefined) throw new Error('the worker expected open() first');
  return session;
}

addEventListener('message', async ({ data }: MessageEvent<WorkerRequest>) => {
  const { id } = data;
  if (data.call === 'abort') return running.get(id)?.abort();
  const controller = new AbortController();
  running.set(id, controller);
  const onProgress = (done: number, total: number) => answer({ id, done, total });
  try {
    const handler = handlers[data.call] as (argument: unknown, watch: EngineWatch) => Promise<unknown>;
    answer({ id, result: await handler(data.argument, { signal: controller.signal, onProgress }) });
  } catch (error) {
    answer({ id, error: errorToMessage(error) });
  } finally {
    running.delete(id);
  }
});

function answer(message: WorkerAnswer): void {
  postMessage(message);
}
