/**
 * A language model for tests whose logits are a stated function of all ids it has read: laws about generation can be
 * exact, and the calls it got can be looked at.
 */
import type { LanguageModel, ReadOptions } from '../../src/generation/language-model.ts';
import { expectMambaState } from '../../src/generation/model-state.ts';
import { nextTurn } from '../../src/generation/next-turn.ts';
import type { State } from '../../src/reference/types.ts';

export type LogitsOf = (history: readonly number[]) => number[];

export interface FakeModel extends LanguageModel {
  /** One line a call: `reset`, `prefill 1,2`, `step 3`, `crossEntropy 1,2 → 2,3`. */
  readonly calls: readonly string[];
}

/** Logits k/8 in [−4, 4), scrambled from the whole history: another past, other logits. */
export function scrambledLogits(vocabSize: number): LogitsOf {
  return (history) => {
    let hash = 17;
    for (const id of history) hash = (Math.imul(hash, 0x01000193) ^ (id + 1)) >>> 0;
    return Array.from({ length: vocabSize }, (_, i) => ((Math.imul(hash ^ (i * 7919), 0x9e3779b1) >>> 26) - 32) / 8);
  };
}

/** −log softmax(logits)[target], as it is defined. */
export function surprise(logits: readonly number[], target: number): number {
  return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[target]!;
}

export function createFakeModel(vocabSize: number, logitsOf: LogitsOf = scrambledLogits(vocabSize)): FakeModel {
  let history: readonly number[] = [];
  const calls: string[] = [];
  const read = async (ids: ArrayLike<number>, { signal, onProgress }: ReadOptions = {}) => {
    const before = history;
    for (const [i, id] of Array.from(ids).entries()) {
      if (signal?.aborted) history = before;
      signal?.throwIfAborted();
      history = [...history, id];
      onProgress?.(i + 1, ids.length);
      await nextTurn();
    }
  };
  return {
    vocabSize,
    backend: 'fake',
    device: 'none',
    dtype: 'exact',
    calls,
    async reset() {
      calls.push('reset');
      history = [];
    },
    async prefill(ids, options) {
      calls.push(`prefill ${Array.from(ids)}`);
      await read(ids, options);
      return Float64Array.from(logitsOf(history));
    },
    async step(id) {
      calls.push(`step ${id}`);
      await read([id]);
      return Float64Array.from(logitsOf(history));
    },
    async crossEntropy(ids, targets, options) {
      calls.push(`crossEntropy ${Array.from(ids)} → ${Array.from(targets)}`);
      const start = history.length;
      await read(ids, options);
      return Float64Array.from(targets, (target, t) => surprise(logitsOf(history.slice(0, start + t + 1)), target));
    },
    async state(): Promise<State> {
      return { layers: [{ convState: new Float64Array(), h: Float64Array.from(history) }] };
    },
    async restore(state) {
      history = [...expectMambaState(state).layers[0]!.h];
    },
  };
}
