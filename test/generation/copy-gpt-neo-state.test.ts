import { expect, test } from 'vitest';
import { copyGptNeoState } from '../../src/generation/copy-gpt-neo-state.ts';
import { smallGptNeo } from '../reference/small-gpt-neo.ts';

const layer = (position: number) => ({ k: new Float64Array(4 * position).fill(1), v: new Float64Array(4 * position) });

test('a copy equals its state and shares no array with it', () => {
  for (const position of [0, 1, 9]) {
    const state = { position, layers: [layer(position), layer(position)] };
    const copy = copyGptNeoState(smallGptNeo, state);
    expect(copy).toEqual(state);
    for (const [i, { k, v }] of copy.layers.entries()) {
      expect(k).not.toBe(state.layers[i]!.k);
      expect(v).not.toBe(state.layers[i]!.v);
    }
  }
});

test('a state that does not fit is refused by the name of what does not', () => {
  const state = { position: 2, layers: [layer(2), { ...layer(2), v: new Float64Array(9) }] };
  const message = '"state.layers[1].v" expected length 8 (position 2 × hiddenSize 4), got 9';
  expect(() => copyGptNeoState(smallGptNeo, state)).toThrow(new RangeError(message));
});
