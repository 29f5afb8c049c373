import { expect, test } from 'vitest';
import { gptNeoModelForward } from '../../src/reference/gpt-neo-model.ts';
import { checkGptNeoState, emptyGptNeoState, expectRoom } from '../../src/reference/gpt-neo-state.ts';
import type { GptNeoConfig } from '../../src/reference/gpt-neo-types.ts';
import { gptNeoWeights, smallGptNeo } from './small-gpt-neo.ts';

/** Numbers that a state holds. */
const numbersOf = ({ layers }: ReturnType<typeof emptyGptNeoState>) =>
  layers.reduce((sum, { k, v }) => sum + k.length + v.length, 0);

test('a cache takes 2·nLayer·hiddenSize numbers a token, of local layers too', () => {
  const weights = gptNeoWeights(smallGptNeo, 1);
  for (const length of [0, 1, 5, 9]) {
    const { state } = gptNeoModelForward(smallGptNeo, weights, new Array<number>(length).fill(1));
    expect(numbersOf(state)).toBe(2 * 2 * 4 * length);
  }
});

test('so GPT-Neo-2.7B takes 320 KiB a token in fp16, and Mamba-2.8B 11.9 MiB for any text', () => {
  const [nLayer, hiddenSize] = [32, 2560];
  expect((2 * nLayer * hiddenSize * 2) / 2 ** 10).toBe(320);
  expect((64 * 5120 * (16 + 4 - 1) * 2) / 2 ** 20).toBeCloseTo(11.9, 1);
});

test('the empty state fits its config, of no layers too', () => {
  for (const config of [smallGptNeo, { ...smallGptNeo, nLayer: 0 }] satisfies GptNeoConfig[]) {
    const state = emptyGptNeoState(config);
    checkGptNeoState(config, state);
    expect([state.position, state.layers.length, numbersOf(state)]).toEqual([0, config.nLayer, 0]);
  }
});

test('there is room up to the last position and not beyond', () => {
  for (const [read, more] of [
    [0, 9],
    [9, 0],
    [4, 5],
  ] as const)
    expectRoom(smallGptNeo, read, more);
  for (const [read, more] of [
    [0, 10],
    [9, 1],
    [10, 0],
    [0, NaN],
  ] as const) {
    expect(() => expectRoom(smallGptNeo, read, more)).toThrow(
      new RangeError(
        `out of context: expected at most 9 tokens in all (maxPositions), got ${read} read + ${more} more`,
      ),
    );
  }
});
