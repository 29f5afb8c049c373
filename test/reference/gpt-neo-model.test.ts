import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attentionFlash } from '../../src/reference/attention-flash.ts';
import { gptNeoModelForward, gptNeoModelLogits, gptNeoModelStep } from '../../src/reference/gpt-neo-model.ts';
import { emptyGptNeoState } from '../../src/reference/gpt-neo-state.ts';
import type { GptNeoConfig, GptNeoWeights } from '../../src/reference/gpt-neo-types.ts';
import { layerNorm } from '../../src/reference/layer-norm.ts';
import { expectIdentical, largest, relativeError, u } from '../compare.ts';
import { atMost } from './runs.ts';
import { gptNeoTexts, gptNeoWeights, smallGptNeo } from './small-gpt-neo.ts';
import { narrow } from './small-model.ts';
import { expectUntouched } from './untouched.ts';

const weights = gptNeoWeights(smallGptNeo, 1);

describe('gptNeoModelForward', () => {
  test('without layers is the norm of token plus position', () => {
    const config = { ...smallGptNeo, nLayer: 0, attentionKinds: [] };
    const { wteWeight, wpeWeight, lnFWeight, lnFBias } = weights;
    const { hidden } = gptNeoModelForward(config, { ...weights, layers: [] }, [3, 3, 1]);
    const rows = [3, 3, 1].flatMap((id, t) => [0, 1, 2, 3].map((c) => wteWeight[4 * id + c]! + wpeWeight[4 * t + c]!));
    const dims = { rows: 3, width: 4, eps: smallGptNeo.normEps };
    expectIdentical(hidden, layerNorm(dims, Float64Array.from(rows), lnFWeight, lnFBias));
  });

  test('a cache continued gives the bits of all at once, at every cut, with both forms of attention', () => {
    fc.assert(
      fc.property(gptNeoTexts, fc.constantFrom(undefined, attentionFlash), ({ config, weights: w, ids }, attend) => {
        const whole = gptNeoModelForward(config, w, ids, { attend });
        expect(whole.state.position).toBe(ids.length);
        for (let cut = 0; cut <= ids.length; cut++) {
          const first = gptNeoModelForward(config, w, ids.slice(0, cut), { attend });
          const { hidden, state } = expectUntouched(first, () =>
            gptNeoModelForward(config, w, ids.slice(cut), { attend, state: first.state }),
          );
          expectIdentical(Float64Array.of(...first.hidden, ...hidden), whole.hidden);
          expect(state).toEqual(whole.state);
        }
      }),
      atMost(50),
    );
  });

  test('steps are the rows of the whole, logits too', () => {
    fc.assert(
      fc.property(gptNeoTexts, ({ config, weights: w, ids }) => {
        const logits = gptNeoModelLogits(config, w, gptNeoModelForward(config, w, ids).hidden);
        let state = emptyGptNeoState(config);
        ids.forEach((id, t) => {
          const next = gptNeoModelStep(config, w, id, state);
          expectIdentical(next.logits, logits.subarray(t * config.vocabSize, (t + 1) * config.vocabSize));
          state = next.state;
        });
      }),
      atMost(100),
    );
  });

  test('causality: another token changes no bit of the rows before it', () => {
    fc.assert(
      fc.property(gptNeoTexts, fc.nat(16), fc.nat(4), ({ config, weights: w, ids }, place, token) => {
        if (ids.length === 0) return;
        const t = place % ids.length;
        const other = ids.with(t, token % config.vocabSize);
        const [a, b] = [ids, other].map((read) => gptNeoModelForward(config, w, read).hidden);
        expectIdentical(a!.subarray(0, t * config.hiddenSize), b!.subarray(0, t * config.hiddenSize));
      }),
      atMost(100),
    );
  });

  test('locality: local layers alone carry a token (window − 1)·nLayer places and no further', () => {
    const config: GptNeoConfig = { ...smallGptNeo, attentionKinds: ['local', 'local'], windowSize: 3 };
    const ids = [1, 2, 3, 4, 5, 6, 0, 1, 2];
    const [a, b] = [ids, ids.with(1, 6)].map((read) => gptNeoModelForward(config, weights, read).hidden);
    const differs = ids.map((_, t) => [0, 1, 2, 3].some((c) => a![4 * t + c] !== b![4 * t + c]));
    expect(differs).toEqual([false, true, true, true, true, true, false, false, false]);
  });

  test('a window as long as the text is no window, bit for bit', () => {
    fc.assert(
      fc.property(gptNeoTexts, ({ config, weights: w, ids }) => {
        const local = {
          ...config,
          windowSize: Math.max(1, ids.length),
          attentionKinds: config.attentionKinds.map(() => 'local' as const),
        };
        const global = { ...config, attentionKinds: config.attentionKinds.map(() => 'global' as const) };
        expectIdentical(gptNeoModelForward(local, w, ids).hidden, gptNeoModelForward(global, w, ids).hidden);
      }),
      atMost(100),
    );
  });

  test('flash gives what eager gives, within 2048u of the largest hidden number', () => {
    fc.assert(
      fc.property(gptNeoTexts, ({ config, weights: w, ids }) => {
        // Seen: 84u in 8,000 models. With eps 1e-5 a norm scales an almost constant row, rounding and all, by up to 316.
        const tame = { ...config, normEps: 1 / 8 };
        const [eager, flash] = [undefined, attentionFlash].map(
          (attend) => gptNeoModelForward(tame, w, ids, { attend }).hidden,
        );
        expect(relativeError(flash!, eager!)).toBeLessThanOrEqual(2048 * u);
      }),
      atMost(100),
    );
  });

  test('the order of heads does not matter: rows of q, k, v and columns of outProj go together', () => {
    const [h, headDim] = [smallGptNeo.hiddenSize, smallGptNeo.hiddenSize / smallGptNeo.nHead];
    const moved = (i: number) => (i + headDim) % h;
    const rows = (data: ArrayLike<number>) =>
      Float64Array.from(data, (_, i) => data[moved(Math.floor(i / h)) * h + (i % h)]!);
    const columns = (data: ArrayLike<number>) =>
      Float64Array.from(data, (_, i) => data[Math.floor(i / h) * h + moved(i % h)]!);
    const layers = weights.layers.map((layer) => ({
      ...layer,
      ...{
        qProjWeight: rows(layer.qProjWeight),
        kProjWeight: rows(layer.kProjWeight),
        vProjWeight: rows(layer.vProjWeight),
      },
      outProjWeight: columns(layer.outProjWeight),
    }));
    const ids = [1, 2, 3, 4, 5];
    const [a, b] = [weights, { ...weights, layers }].map((w) => gptNeoModelForward(smallGptNeo, w, ids).hidden);
    expect(relativeError(a!, b!)).toBeLessThanOrEqual(1e-14);
    expect(largest(a!)).toBeGreaterThan(0.1);
  });

  test('float32 weights that are the same numbers give the same bits; no operand is changed', () => {
    const ids = [1, 2, 3];
    const wide = expectUntouched([weights, ids], () => gptNeoModelForward(smallGptNeo, weights, ids));
    expect(gptNeoModelForward(smallGptNeo, narrow<GptNeoWeights>(weights), ids)).toEqual(wide);
  });

  test('shows every intermediate in order, with as many numbers as its shape says', () => {
    const seen: [string, string][] = [];
    const { state } = gptNeoModelForward(smallGptNeo, weights, [1, 2]);
    gptNeoModelForward(smallGptNeo, weights, [3, 4, 5], {
      state,
      trace: (name, shape, data) => {
        expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
        seen.push([name, shape.join(' × ')]);
      },
    });
    const layer = (i: number) =>
      Object.entries({
        ...{ ln1: '3 × 4', q: '3 × 2 × 2', k: '5 × 2 × 2', v: '5 × 2 × 2', attention: '3 × 2 × 2' },
        ...{ attentionOut: '3 × 4', ln2: '3 × 4', mlp: '3 × 6', mlpOut: '3 × 4', residual: '3 × 4' },
      }).map(([name, shape]) => [`layers.${i}.${name}`, shape]);
    expect(seen).toEqual([['embedding', '3 × 4'], ...layer(0), ...layer(1), ['hidden', '3 × 4']]);
  });
});

describe('gptNeoModelForward refuses', () => {
  test('a token beyond the last position, whether it comes in one text or after a cache; the last one is read', () => {
    const message = (read: number, more: number) =>
      `out of context: expected at most 9 tokens in all (maxPositions), got ${read} read + ${more} more`;
    const ten = new Array<number>(10).fill(1);
    expect(() => gptNeoModelForward(smallGptNeo, weights, ten)).toThrow(new RangeError(message(0, 10)));
    const { state } = gptNeoModelForward(smallGptNeo, weights, ten.slice(0, 9));
    expect(state.position).toBe(9);
    expect(() => gptNeoModelStep(smallGptNeo, weights, 1, state)).toThrow(new RangeError(message(9, 1)));
    expect(gptNeoModelForward(smallGptNeo, weights, [], { state }).state).toEqual(state);
  });

  test('ids outside of the vocabulary', () => {
    for (const id of [-1, 7, 0.5, NaN]) {
      expect(() => gptNeoModelForward(smallGptNeo, weights, [1, id])).toThrow(
        new RangeError(`"ids[1]" expected a token id in [0, 7), got ${id}`),
      );
    }
  });

  test('weights of another length, each by its name, and a list of layers that is too short', () => {
    const { layers, ...outer } = weights;
    for (const name of Object.keys(outer) as (keyof typeof outer)[]) {
      const wrong = { ...weights, [name]: new Float64Array(1) };
      expect(() => gptNeoModelForward(smallGptNeo, wrong, [1])).toThrow(`"${name}" expected length`);
    }
    for (const name of Object.keys(layers[0]!) as (keyof (typeof layers)[0])[]) {
      const wrong = { ...weights, layers: layers.with(1, { ...layers[1]!, [name]: new Float64Array(1) }) };
      expect(() => gptNeoModelForward(smallGptNeo, wrong, [1])).toThrow(`"${name}" expected length`);
    }
    expect(() => gptNeoModelForward(smallGptNeo, { ...weights, layers: layers.slice(1) }, [1])).toThrow(
      new RangeError('"weights.layers" expected 2 layers (nLayer), got 1'),
    );
    expect(() => gptNeoModelForward({ ...smallGptNeo, attentionKinds: ['local'] }, weights, [1])).toThrow(
      new RangeError('"attentionKinds" expected 2 layers (nLayer), got 1'),
    );
    expect(() => gptNeoModelForward({ ...smallGptNeo, nHead: 3 }, weights, [1])).toThrow(
      `"headDim" expected an integer ≥ 0, got ${4 / 3}`,
    );
  });

  test('a state of another shape', () => {
    const { state } = gptNeoModelForward(smallGptNeo, weights, [1, 2]);
    const refused = (wrong: typeof state, message: string) =>
      expect(() => gptNeoModelForward(smallGptNeo, weights, [1], { state: wrong })).toThrow(new RangeError(message));
    refused({ ...state, position: NaN }, '"state.position" expected an integer ≥ 0, got NaN');
    refused({ ...state, position: 1 }, '"state.layers[0].k" expected length 4 (position 1 × hiddenSize 4), got 8');
    refused({ ...state, layers: [] }, '"state.layers" expected 2 layers (nLayer), got 0');
    const layers = state.layers.with(1, { ...state.layers[1]!, v: new Float64Array(7) });
    refused({ ...state, layers }, '"state.layers[1].v" expected length 8 (position 2 × hiddenSize 4), got 7');
  });
});
