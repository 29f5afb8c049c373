/**
 * What a language model remembers, as a value: Mamba's state of fixed size, or a Transformer's KV cache, which grows.
 */
import type { GptNeoState } from '../reference/gpt-neo-types.ts';
import type { State } from '../reference/types.ts';

export type ModelState = State | GptNeoState;

/** A KV cache counts its tokens; Mamba's state has no need to. */
export function isGptNeoState(state: ModelState): state is GptNeoState {
  return 'position' in state;
}

/** @throws RangeError for a GPT-Neo's */
export function expectMambaState(state: ModelState): State {
  if (isGptNeoState(state))
    throw new RangeError('"state" expected the state of a Mamba, got the KV cache of a GPT-Neo');
  return state;
}

/** @throws RangeError for a Mamba's */
export function expectGptNeoState(state: ModelState): GptNeoState {
  if (!isGptNeoState(state))
    throw new RangeError('"state" expected the KV cache of a GPT-Neo, got the state of a Mamba');
  return state;
}
