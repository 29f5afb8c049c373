/**
 * The trace of the model that comes with the package, on a few bytes of text.
 */
import type { MambaConfig, Weights } from '../../reference/types.ts';
import { traceCase } from './cases-model.ts';
import type { VectorCase } from './vector-case.ts';

/** From the package's folder. */
export const embeddedModel = 'models/tiny-shakespeare';

const prompt = 'ROMEO:\nO';

/** @param model what {@link embeddedModel} holds, whose tokens are bytes */
export function embeddedTrace({
  config,
  weights,
}: {
  readonly config: MambaConfig;
  readonly weights: Weights;
}): VectorCase {
  return traceCase(config, weights, Array.from(new TextEncoder().encode(prompt)), embeddedModel);
}
