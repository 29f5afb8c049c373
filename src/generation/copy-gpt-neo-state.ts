/**
 * A KV cache as a value: checked against its config, and shared with nobody.
 */
import { checkGptNeoState } from '../reference/gpt-neo-state.ts';
import type { GptNeoConfig, GptNeoState } from '../reference/gpt-neo-types.ts';

/**
 * A copy of a KV cache.
 * @throws RangeError `"state.layers[1].k" expected length 12 (position 3 × hiddenSize 4), got 8`
 */
export function copyGptNeoState(config: GptNeoConfig, state: GptNeoState): GptNeoState {
  checkGptNeoState(config, state);
  const layers = state.layers.map(({ k, v }) => ({ k: Float64Array.from(k), v: Float64Array.from(v) }));
  return { position: state.position, layers };
}
