/**
 * The engine's laws, bit for bit: it matters neither how a text is cut, nor what else is read beside it, nor over how
 * many memories and threads the model is spread.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';
import type { MambaConfig } from '../../src/reference/types.ts';
import { expectIdentical } from '../compare.ts';
import { gridWeights } from '../reference/small-model.ts';
import { openTestEngine } from './wasm-engine.ts';

const config: MambaConfig = {
  ...{ vocabSize: 11, dModel: 12, nLayer: 3, dInner: 20, dState: 5, dConv: 4, dtRank: 3, normEps: 1e-5 },
  ...{ useBias: true, useConvBias: true, tieWordEmbeddings: false },
};
const weights = gridWeights(config, 3);
const one = await openTestEngine(config, weights);
const three = await openTestEngine(config, weights, { sequences: 3 });
const split = await openTestEngine(config, weights, { cuts: [1, 2], sequences: 2 });
const threaded = await openTestEngine(config, weights, { machine: { threads: 2 } });

afterAll(() => {
  for (const engine of [one, three, split, threaded]) engine.dispose();
});

const idLists = (maxLength: number, minLength = 1) => fc.array(fc.nat(config.vocabSize - 1), { minLength, maxLength });

async function logitsAfter(engine: Engine, ids: readonly number[], sequence = 0): Promise<Float32Array> {
  engine.reset(sequence);
  const lists = Array.from({ length: engine.sequences }, (_, s) => (s === sequence ? ids : []));
  return (await engine.read(lists))[sequence]!;
}

describe('one text', () => {
  test('read at once, in pieces, or token by token gives the same logits and states, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(idLists(12), fc.array(fc.nat(12), { maxLength: 4 }), async (ids, cuts) => {
        const whole = await logitsAfter(one, ids);
        const state = await one.state();
        one.reset();
        const bounds = [0, ...cuts.map((cut) => cut % ids.length).toSorted((a, b) => a - b), ids.length];
        let last: Float32Array | undefined;
        for (let i = 0; i + 1 < bounds.length; i++) {
          last = (await one.read([ids.slice(bounds[i], bounds[i + 1])]))[0] ?? last;
        }
        expectIdentical(last!, whole);
        expect(await one.state()).toEqual(state);
      }),
    );
  });

  test('longer than a chunk is read as in pieces', async () => {
    const ids = Array.from({ length: 1100 }, (_, t) => (t * t + 3) % config.vocabSize);
    const whole = await logitsAfter(one, ids);
    one.reset();
    await one.read([ids.slice(0, 700)]);
    expectIdentical((await one.read([ids.slice(700)]))[0]!, whole);
  });

  test('over three memories instead of one, and on two threads instead of one: the same bits', async () => {
    await fc.assert(
      fc.asyncProperty(idLists(9), async (ids) => {
        const expected = await logitsAfter(one, ids);
        expectIdentical(await logitsAfter(split, ids), expected);
        expectIdentical(await logitsAfter(threaded, ids), expected);
        expect(await split.state()).toEqual(await one.state());
      }),
    );
  });

  test('an empty list leaves the state alone and gives nothing', async () => {
    await logitsAfter(one, [1, 2, 3]);
    const state = await one.state();
    expect(await one.read([[]])).toEqual([undefined]);
    expect(await one.state()).toEqual(state);
  });
});

describe('several texts side by side', () => {
  test('each gives what it gives alone, whatever the lengths of the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(idLists(7, 0), idLists(7, 0), idLists(7, 0)), async (lists) => {
        for (const s of lists.keys()) three.reset(s);
        const together = await three.read(lists);
        for (const [s, ids] of lists.entries()) {
          if (ids.length === 0) expect(together[s]).toBeUndefined();
          else expectIdentical(together[s]!, await logitsAfter(one, ids));
        }
      }),
    );
  });

  test('a long and a short one share the chunks, and each keeps its own state', async () => {
    const long = Array.from({ length: 900 }, (_, t) => (5 * t) % config.vocabSize);
    const short = [1, 2, 3];
    for (const s of [0, 1, 2]) three.reset(s);
    const [first, second, none] = await three.read([long, short, []]);
    expectIdentical(first!, await logitsAfter(one, long));
    expect(await three.state(0)).toEqual(await one.state());
    expectIdentical(second!, await logitsAfter(one, short));
    expect(await three.state(1)).toEqual(await one.state());
    expect(none).toBeUndefined();
  });
});

describe('scoring', () => {
  test('nats are those of the logits after each token, within 4 roundings of float32', async () => {
    await fc.assert(
      fc.asyncProperty(idLists(40), async (ids) => {
        const targets = ids.map((id) => (id * 3 + 1) % config.vocabSize);
        one.reset();
        const nats = await one.crossEntropy(0, ids, targets);
        one.reset();
        for (const [t, id] of ids.entries()) {
          const logits = Float64Array.from((await one.read([[id]]))[0]!);
          const expected = Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0)) - logits[targets[t]!]!;
          const scale = Math.max(1, ...logits.map(Math.abs));
          expect(Math.abs(nats[t]! - expected)).toBeLessThanOrEqual(4 * 2 ** -24 * scale);
        }
      }),
    );
  });

  test('as many targets as ids are wanted', async () => {
    await expect(one.crossEntropy(0, [1, 2], [1])).rejects.toThrow('"targets" expected length 2 (ids), got 1');
  });
});

describe('state', () => {
  test('a snapshot is a value: restored, in whatever sequence, it goes on from there bit for bit', async () => {
    await logitsAfter(one, [4, 5, 6]);
    const state = await one.state();
    const expected = (await one.read([[7]]))[0]!;
    three.restore(state, 2);
    expectIdentical((await three.read([[], [], [7]]))[2]!, expected);
    one.restore(state);
    expectIdentical((await one.read([[7]]))[0]!, expected);
  });

  test('an aborted read of several chunks leaves the states as they were', async () => {
    await logitsAfter(one, [1, 2]);
    const state = await one.state();
    const controller = new AbortController();
    const ids = new Array<number>(1200).fill(3);
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    await expect(one.read([ids], { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(await one.state()).toEqual(state);
  });
});

describe('refusals', () => {
  test('a second call before the first is done is an error, and does not disturb the first', async () => {
    const expected = await logitsAfter(one, [1, 2, 3]);
    one.reset();
    const first = one.read([[1, 2, 3]]);
    await expect(one.read([[4]])).rejects.toThrow('the engine expected one call at a time');
    expectIdentical((await first)[0]!, expected);
  });

  test('a sequence that is not there is refused', async () => {
    await expect(one.crossEntropy(1, [1], [2])).rejects.toThrow('"sequence" expected an integer in 0…0, got 1');
    await expect(three.state(3)).rejects.toThrow('"sequence" expected an integer in 0…2, got 3');
    expect(() => one.reset(-1)).toThrow(RangeError);
    await expect(openTestEngine(config, weights, { sequences: 0 })).rejects.toThrow(
      '"sequences" expected an integer ≥ 1',
    );
  });

  test('whatever is called after dispose says so', async () => {
    const engine = await openTestEngine(config, weights);
    const state = await engine.state();
    engine.dispose();
    engine.dispose();
    const gone = (call: string) => new Error(`the engine expected no call after dispose(), got ${call}()`);
    await expect(engine.read([[1]])).rejects.toThrow(gone('read'));
    await expect(engine.crossEntropy(0, [1], [2])).rejects.toThrow(gone('crossEntropy'));
    await expect(engine.state()).rejects.toThrow(gone('state'));
    expect(() => engine.restore(state)).toThrow(gone('restore'));
    expect(() => engine.reset()).toThrow(gone('reset'));
  });

  test('an id outside the vocabulary is refused by its place', async () => {
    for (const id of [11, -1, 0.5, Number.NaN]) {
      await expect(one.read([[1, id]])).rejects.toThrow(`"ids[0][1]" expected an id in 0…10, got ${id}`);
    }
  });

  test('as many lists as sequences are wanted', async () => {
    await expect(three.read([[1]])).rejects.toThrow('"ids" expected 3 lists (sequences), got 1');
  });

  test('a time-invariant model is not run by something else', async () => {
    const refused = openTestEngine({ ...config, selective: false }, weights);
    await expect(refused).rejects.toThrow(UnsupportedError);
  });

  test('q8_0 refuses nothing: matrices whose rows are no whole blocks stay float32', async () => {
    const engine = await openTestEngine(config, weights, { dtype: 'q8_0' });
    expectIdentical(await logitsAfter(engine, [1, 2, 3]), await logitsAfter(one, [1, 2, 3]));
    engine.dispose();
  });
});

test('intermediates are seen under the reference’s names, and change nothing', async () => {
  const expected = await logitsAfter(one, [1, 2, 3]);
  one.reset();
  const shapes = new Map<string, readonly number[]>();
  const visit = (name: string, shape: readonly number[]) => void shapes.set(name, shape);
  expectIdentical((await one.read([[1, 2, 3]], { visit }))[0]!, expected);
  expect(shapes.get('layers.2.delta')).toEqual([3, 20]);
  expect(shapes.get('layers.0.B')).toEqual([3, 5]);
  expect(shapes.get('hidden')).toEqual([1, 12]);
});
