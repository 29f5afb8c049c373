/**
 * The vectors as `vectors export` writes them and `verify` runs them, the embedded model's trace among them. Drawing them
 * takes seconds.
 */
import { nextTurn } from '../generation/next-turn.ts';
import type { TargetVectors, TracedModel, VectorCase, VectorOptions } from '../oracle/index.ts';
import { embeddedTrace, vectorCases } from '../oracle/index.ts';

/**
 * @param traced the model that comes with the package
 * @throws the signal's reason between two cases
 */
export async function drawVectors(
  traced: TracedModel,
  signal?: AbortSignal,
  options: VectorOptions = {},
): Promise<TargetVectors> {
  const cases: VectorCase[] = [];
  const pause = async () => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  for (const one of vectorCases(options)) {
    cases.push(one);
    await pause();
  }
  return { cases: [...cases, await embeddedTrace(traced, pause)], traced };
}
