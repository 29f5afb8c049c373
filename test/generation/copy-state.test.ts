import { expect, test } from 'vitest';
import { copyState } from '../../src/generation/copy-state.ts';
import { zeroState } from '../../src/reference/mamba-model.ts';
import { embeddedConfig } from '../embedded.ts';

const state = zeroState(embeddedConfig);

test('a copy is equal and shares no memory', () => {
  const copy = copyState(embeddedConfig, state);
  expect(copy).toEqual(state);
  copy.layers[0]!.h[0] = 1;
  copy.layers[0]!.convState[0] = 1;
  expect(state).toEqual(zeroState(embeddedConfig));
});

test('a state of another model is refused by the name of what does not fit', () => {
  const { layers } = state;
  expect(() => copyState(embeddedConfig, { layers: layers.slice(1) })).toThrow(
    new RangeError('"state.layers" expected 8 layers (nLayer), got 7'),
  );
  const short = { ...layers[1]!, h: new Float64Array(3) };
  expect(() => copyState(embeddedConfig, { layers: [layers[0]!, short, ...layers.slice(2)] })).toThrow(
    new RangeError('"state.layers[1].h" expected length 6144 (dInner 384 × dState 16), got 3'),
  );
  const wide = { ...layers[0]!, convState: new Float64Array(3 * 384 + 1) };
  expect(() => copyState(embeddedConfig, { layers: [wide, ...layers.slice(1)] })).toThrow(
    new RangeError('"state.layers[0].convState" expected length 1152 (dConv − 1 3 × dInner 384), got 1153'),
  );
});
