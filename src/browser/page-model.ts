/**
 * What a page has loaded: a model that reads and writes text, or made-up weights that can only be timed.
 *
 * GPU backends and the tokenizer run on the page's main thread: WebGL has its canvas there, import maps find their packages
 * there and only there, and nobody scrolls this page while it computes. The WASM backend runs in a Worker, since it may wait.
 */
import { expectFittingTokenizer } from '../api/fitting-tokenizer.ts';
import { LoadedModel } from '../api/loaded-model.ts';
import { namedConfig } from '../engine/named-shapes.ts';
import type { MambaConfig } from '../reference/types.ts';
import type { EnginePlan, EngineSession, EngineWatch } from './engine-session.ts';
import { openEngineSession } from './engine-session.ts';
import { fetchFolder } from './fetch-folder.ts';
import type { LoadRequest } from './protocol.ts';
import { openWorkerSession } from './worker-session.ts';

export interface PageModel {
  readonly name: string;
  readonly config: MambaConfig;
  readonly session: EngineSession;
  /** Absent with made-up weights: they have no tokenizer. */
  readonly loaded: LoadedModel | undefined;
}

export async function openPageModel(request: LoadRequest, watch: EngineWatch): Promise<PageModel> {
  const { model } = request;
  if ('random' in model) {
    const config = namedConfig(model.random);
    const session = await openSession(request, config, { seed: model.seed ?? 1 }, watch);
    return { name: `random ${model.random}`, config, session, loaded: undefined };
  }
  const folder = await fetchFolder(model.url, model);
  const { name, tokenizer, bosTokenId, eosTokenIds } = folder;
  expectFittingTokenizer(tokenizer, folder);
  const { discretization } = request;
  const config = discretization === undefined ? folder.config : { ...folder.config, discretization };
  const session = await openSession(request, config, { url: folder.weightsUrl }, watch);
  const { fingerprint } = session;
  const engine = undefined; // it may be in a Worker
  const parts = { name, config, tokenizer, bosTokenId, eosTokenIds, fingerprint, engine };
  const loaded = new LoadedModel({ ...parts, model: session.model, dispose: () => session.dispose() });
  return { name, config, session, loaded };
}

function openSession(
  { backend, dtype = 'f32', threads, sequences = 1 }: LoadRequest,
  config: MambaConfig,
  weights: EnginePlan['weights'],
  watch: EngineWatch,
): Promise<EngineSession> {
  const plan = { backend, config, weights, dtype, threads, sequences };
  return backend === 'wasm' ? openWorkerSession(plan, watch) : openEngineSession(plan, watch);
}
