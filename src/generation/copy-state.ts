/**
 * A state as a value: checked against its config, and shared with nobody.
 */
import { expectLayers } from '../reference/mamba-model.ts';
import { expectShape } from '../reference/shapes.ts';
import type { MambaConfig, State } from '../reference/types.ts';

/**
 * A copy of a state.
 * @throws RangeError `"state.layers[1].h" expected length 18 (dInner 6 × dState 3), got 17`
 */
export function copyState(config: MambaConfig, state: State): State {
  const { dInner, dState, dConv } = config;
  expectLayers(config, { 'state.layers': state.layers });
  const layers = state.layers.map(({ convState, h }, i) => {
    expectShape(`state.layers[${i}].convState`, convState, { 'dConv − 1': dConv - 1, dInner });
    expectShape(`state.layers[${i}].h`, h, { dInner, dState });
    return { convState: Float64Array.from(convState), h: Float64Array.from(h) };
  });
  return { layers };
}
