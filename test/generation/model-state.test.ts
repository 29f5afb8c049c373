import { describe, expect, it } from 'vitest';
import { expectGptNeoState, expectMambaState, isGptNeoState } from '../../src/generation/model-state.ts';

const mamba = { layers: [{ convState: new Float64Array(3), h: new Float64Array(2) }] };
const gptNeo = { position: 1, layers: [{ k: new Float64Array(2), v: new Float64Array(2) }] };

describe('a state', () => {
  it('is one of two kinds, and each is known again, even without layers', () => {
    for (const state of [mamba, { layers: [] }]) {
      expect(isGptNeoState(state)).toBe(false);
      expect(expectMambaState(state)).toBe(state);
    }
    for (const state of [gptNeo, { position: 0, layers: [] }]) {
      expect(isGptNeoState(state)).toBe(true);
      expect(expectGptNeoState(state)).toBe(state);
    }
  });

  it('of the other kind is refused by name', () => {
    expect(() => expectMambaState(gptNeo)).toThrow(
      new RangeError('"state" expected the state of a Mamba, got the KV cache of a GPT-Neo'),
    );
    expect(() => expectGptNeoState(mamba)).toThrow(
      new RangeError('"state" expected the KV cache of a GPT-Neo, got the state of a Mamba'),
    );
  });
});
