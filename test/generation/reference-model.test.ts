import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelState } from '../../src/generation/model-state.ts';
import { expectMambaState } from '../../src/generation/model-state.ts';
import { createReferenceModel } from '../../src/generation/reference-model.ts';
import { crossEntropy } from '../../src/reference/cross-entropy.ts';
import { initialWeights } from '../../src/reference/initial-weights.ts';
import { mambaModelForward, mambaModelLogits, zeroState } from '../../src/reference/mamba-model.ts';
import type { LayerState, MambaConfig } from '../../src/reference/types.ts';
import { expectIdentical } from '../compare.ts';

const vocabSize = 6;
const config: MambaConfig = {
  ...{ vocabSize, dModel: 4, nLayer: 2, dInner: 6, dState: 3, dConv: 4, dtRank: 2, normEps: 1e-5 },
  ...{ useBias: false, useConvBias: true, tieWordEmbeddings: true },
};
let seed = 1;
const weights = initialWeights(config, () => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return seed / 0x80000000;
});
const model = createReferenceModel(config, weights);

// Lengths around chunks of 8 tokens.
const idLists = fc
  .constantFrom(1, 2, 7, 8, 9, 15, 16, 17, 33)
  .chain((length) => fc.array(fc.nat(vocabSize - 1), { minLength: length, maxLength: length }));

function allLogits(ids: readonly number[]): Float64Array {
  return mambaModelLogits(config, weights, mambaModelForward(config, weights, ids).hidden);
}

describe('createReferenceModel', () => {
  it('prefill gives the last row of the logits of a forward in one piece, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(idLists, async (ids) => {
        await model.reset();
        expectIdentical(await model.prefill(ids), allLogits(ids).slice(-vocabSize));
      }),
      { numRuns: 50 },
    );
  });

  it('steps, prefills and any mixture of them give the same logits and state', async () => {
    await fc.assert(
      fc.asyncProperty(idLists, fc.nat(40), async (ids, at) => {
        await model.reset();
        const expected = await model.prefill(ids);
        const state = await model.state();
        await model.reset();
        const cut = Math.min(at, ids.length - 1);
        if (cut > 0) await model.prefill(ids.slice(0, cut));
        let logits = expected;
        for (const id of ids.slice(cut)) logits = await model.step(id);
        expectIdentical(logits, expected);
        expect(await model.state()).toEqual(state);
      }),
      { numRuns: 30 },
    );
  });

  it('crossEntropy is that of all logits, and reads on like prefill', async () => {
    await fc.assert(
      fc.asyncProperty(idLists, async (ids) => {
        const targets = [...ids.slice(1), 0];
        await model.reset();
        const nats = await model.crossEntropy(ids, targets);
        expectIdentical(nats, crossEntropy({ rows: ids.length, vocabSize }, allLogits(ids), targets));
        const state = await model.state();
        await model.reset();
        await model.prefill(ids);
        expect(await model.state()).toEqual(state);
      }),
      { numRuns: 30 },
    );
  });

  it('a state is a value: reading on leaves it alone, and restoring it continues from there', async () => {
    await model.reset();
    expect(await model.state()).toEqual(zeroState(config));
    await model.prefill([1, 2, 3]);
    const state = await model.state();
    const before = structuredClone(state);
    const logits = await model.step(4);
    await model.crossEntropy([5], [0]);
    expect(state).toEqual(before);
    await model.restore(state);
    expectIdentical(await model.step(4), logits);
  });

  it('a state is a copy both ways: what a caller writes into one, given or taken, does not reach the model', async () => {
    await model.reset();
    await model.prefill([1, 2, 3]);
    const state = await model.state();
    const kept = structuredClone(state);
    for (const { convState, h } of expectMambaState(state).layers) {
      convState.fill(9);
      h.fill(9);
    }
    expect(await model.state()).toEqual(kept);

    const taken = expectMambaState(structuredClone(kept));
    await model.restore(taken);
    taken.layers[0]!.h.fill(9);
    taken.layers[1]!.convState.fill(9);
    expect(await model.state()).toEqual(kept);
  });

  it('restoring a state of another model is refused by the name of what does not fit, and changes nothing', async () => {
    await model.reset();
    await model.prefill([1]);
    const state = await model.state();
    const [first, second] = state.layers as [LayerState, LayerState];
    const wrong: [ModelState, string][] = [
      [{ position: 1, layers: [] }, '"state" expected the state of a Mamba, got the KV cache of a GPT-Neo'],
      [{ layers: [first] }, '"state.layers" expected 2 layers (nLayer), got 1'],
      [
        { layers: [first, { ...second, h: new Float64Array(17) }] },
        '"state.layers[1].h" expected length 18 (dInner 6 × dState 3), got 17',
      ],
      [
        { layers: [{ ...first, convState: new Float64Array(24) }, second] },
        '"state.layers[0].convState" expected length 18 (dConv − 1 3 × dInner 6), got 24',
      ],
    ];
    for (const [other, message] of wrong) {
      await expect(model.restore(other)).rejects.toThrow(new RangeError(message));
      expect(await model.state()).toEqual(state);
    }
  });

  it('of no ids: crossEntropy is empty, prefill has no last row and refuses', async () => {
    await model.reset();
    expect((await model.crossEntropy([], [])).length).toBe(0);
    expect(await model.state()).toEqual(zeroState(config));
    await expect(model.prefill([])).rejects.toThrow(new RangeError('"ids.length" expected an integer ≥ 1, got 0'));
  });

  it('reports progress after every chunk of 8, and lets the event loop turn there', async () => {
    const seen: number[] = [];
    let turns = 0;
    const timer = setInterval(() => {}, 0);
    const count = () => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const ids = new Array<number>(20).fill(1);
    await model.prefill(ids, { onProgress: (done, total) => seen.push(done, total, turns) });
    clearImmediate(immediate);
    clearInterval(timer);
    expect(seen.filter((_, i) => i % 3 !== 2)).toEqual([8, 20, 16, 20, 20, 20]);
    expect(seen[5]).toBeGreaterThan(seen[2]!);
    expect(seen[8]).toBeGreaterThan(seen[5]!);
  });

  it('lets the event loop turn in a step', async () => {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    await model.step(1);
    expect(turned).toBe(true);
  });

  it('aborted between chunks rejects with the signal’s reason and has read nothing', async () => {
    await model.reset();
    await model.prefill([1]);
    const state = await model.state();
    for (const at of [0, 8, 20]) {
      const controller = new AbortController();
      if (at === 0) controller.abort();
      const seen: number[] = [];
      const onProgress = (done: number) => {
        seen.push(done);
        if (done === at) controller.abort();
      };
      const reading = model.prefill(new Array(20).fill(2), { signal: controller.signal, onProgress });
      const error = await reading.catch((reason: unknown) => reason);
      expect(error).toBe(controller.signal.reason);
      expect(seen).toEqual([8, 16, 20].filter((done) => done <= at)); // nothing is read after it
      expect(await model.state()).toEqual(state);
    }
  });

  it('refuses ids and targets outside the vocabulary, and has read nothing', async () => {
    await model.reset();
    const bad = [0, vocabSize];
    const state = await model.state();
    const text = (name: string) => new RangeError(`"${name}[1]" expected a token id in [0, 6), got 6`);
    await expect(model.prefill(bad)).rejects.toThrow(text('ids'));
    await expect(model.crossEntropy(bad, [0, 0])).rejects.toThrow(text('ids'));
    await expect(model.crossEntropy([0, 0], bad)).rejects.toThrow(text('targets'));
    const long = new Array<number>(20).fill(0);
    await expect(model.crossEntropy(long, [...long.slice(1), 6])).rejects.toThrow(
      new RangeError('"targets[19]" expected a token id in [0, 6), got 6'),
    );
    await expect(model.crossEntropy([0, 1], [0])).rejects.toThrow(
      new RangeError('"targets" expected length 2 (seqLen 2), got 1'),
    );
    await expect(model.step(6)).rejects.toThrow(new RangeError('"ids[0]" expected a token id in [0, 6), got 6'));
    expect(await model.state()).toEqual(state);
  });

  it('says what it is', () => {
    const { vocabSize: size, backend, device, dtype } = model;
    expect({ size, backend, device, dtype }).toEqual({
      ...{ size: 6, backend: 'reference', device: 'javascript, 1 thread', dtype: 'f64' },
    });
  });
});
