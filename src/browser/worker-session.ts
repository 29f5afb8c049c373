/**
 * An {@link EngineSession} whose engine lives in a Worker; logits come over a token at a time.
 */
import type { LanguageModel } from '../generation/language-model.ts';
import type { EnginePlan, EngineSession, EngineWatch } from './engine-session.ts';
import type { Verified } from './verify.ts';
import type { ReadyModel } from './worker-calls.ts';
import { WorkerClient } from './worker-client.ts';

export async function openWorkerSession(plan: EnginePlan, watch: EngineWatch): Promise<EngineSession> {
  const worker = new WorkerClient();
  try {
    const ready = await worker.call('open', plan, watch);
    return {
      model: workerModel(worker, ready),
      fingerprint: ready.fingerprint,
      residentBytes: ready.residentBytes,
      bench: ({ signal, onProgress, ...run }) => worker.call('bench', run, { signal, onProgress }),
      dispose: () => worker.terminate(),
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

export async function verifyInWorker(problems: number, watch: EngineWatch): Promise<Verified> {
  const worker = new WorkerClient();
  try {
    return await worker.call('verify', problems, watch);
  } finally {
    worker.terminate();
  }
}

function workerModel(worker: WorkerClient, { vocabSize, backend, device, dtype }: ReadyModel): LanguageModel {
  return {
    ...{ vocabSize, backend, device, dtype },
    reset: () => worker.call('reset', undefined),
    prefill: (ids, options) => worker.call('prefill', ids, options),
    step: (id) => worker.call('step', id),
    crossEntropy: (ids, targets, options) => worker.call('crossEntropy', { ids, targets }, options),
    state: () => worker.call('state', undefined),
    restore: (state) => worker.call('restore', state),
  };
}
