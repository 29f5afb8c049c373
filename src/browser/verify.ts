/**
 * The vectors, the suite's random problems, and engines as a whole, on a backend of this browser.
 */
import { drawVectors } from '../api/drawn-vectors.ts';
import type { TargetVerdict } from '../api/verify-target.ts';
import { verifyTarget } from '../api/verify-target.ts';
import { loadWeights, openWeights, parseConfig } from '../checkpoint/index.ts';
import type { TracedModel } from '../oracle/index.ts';
import { embeddedModel } from '../oracle/index.ts';
import { packageRoot } from '../package-root.ts';
import type { EngineWatch } from './engine-session.ts';
import { fetchSource, fetchText } from './fetch-source.ts';
import { openTarget } from './open-backend.ts';
import type { PageBackend } from './protocol.ts';

export interface Verified {
  readonly backend: string;
  readonly device: string;
  /** Undefined where nothing was asked for. */
  readonly verdict: TargetVerdict | undefined;
}

/** @param problems how many an operation; none: the backend is opened, and that is all */
export async function verifyBackend(name: PageBackend, problems: number, watch: EngineWatch = {}): Promise<Verified> {
  const { target, dispose } = await openTarget(name);
  try {
    const vectors = problems === 0 ? undefined : await drawVectors(await fetchEmbedded(), watch.signal);
    const verdict = vectors && (await verifyTarget(target, { vectors, problems }, watch));
    return { backend: target.name, device: target.device, verdict };
  } finally {
    dispose();
  }
}

/** The model that comes with the package, in float64. */
async function fetchEmbedded(): Promise<TracedModel> {
  const file = (name: string) => new URL(`${embeddedModel}/${name}`, packageRoot);
  const { config } = parseConfig(await fetchText(file('config.json'), 'config.json'), 'config.json');
  const weights = await openWeights('model.safetensors', (name) => fetchSource(file(name), name));
  return { config, weights: await loadWeights(weights, config) };
}
