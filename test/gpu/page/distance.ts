/** How far two states are apart: the largest difference of a number. */
import type { ModelState } from '../../../src/generation/model-state.ts';
import { expectMambaState } from '../../../src/generation/model-state.ts';

export function distance(one: ModelState, other: ModelState): number {
  const [a, b] = [expectMambaState(one), expectMambaState(other)];
  let most = 0;
  for (const [i, layer] of a.layers.entries()) {
    for (const part of ['convState', 'h'] as const) {
      layer[part].forEach((value, j) => {
        most = Math.max(most, Math.abs(value - b.layers[i]![part][j]!));
      });
    }
  }
  return most;
}
