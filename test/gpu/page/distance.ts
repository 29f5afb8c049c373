/** How far two states are apart: the largest difference of a number. */
import type { State } from '../../../src/reference/types.ts';

export function distance(a: State, b: State): number {
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
