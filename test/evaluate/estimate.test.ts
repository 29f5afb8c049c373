import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { gptNeoTable, rowsOf, tensorTable } from '../../src/checkpoint/index.ts';
import { weightDtypes } from '../../src/engine/resident-bytes.ts';
import { estimateOf, largestBatch } from '../../src/evaluate/estimate.ts';
import { flopsPerToken } from '../../src/evaluate/flops.ts';
import type { ModelShape } from '../../src/evaluate/model-shape.ts';
import {
  allShapeNames,
  counterpartOf,
  mostTokens,
  namedShape,
  parseModelShape,
} from '../../src/evaluate/model-shape.ts';
import { logitCopyBytes, neededBytes, processBytes } from '../../src/evaluate/needed-bytes.ts';
import { memoryBytes, runningBytes, workBytes } from '../../src/evaluate/running-bytes.ts';
import { parametersOf, residentWeightBytes } from '../../src/evaluate/weight-bytes.ts';
import { gptNeo27, mamba28 } from './published-configs.ts';

const shapes = allShapeNames.map((name) => [name, namedShape(name)!] as const);

/** Multiply–adds of the matrices that a token meets: their numbers, from the table of tensors; the head is the embedding. */
function matrixNumbers(shape: ModelShape): number {
  const slots = shape.kind === 'mamba' ? [...tensorTable(shape.config)] : [...gptNeoTable(shape.config)];
  const skipped = new Set(['wpeWeight', 'aLog', 'normWeight', 'normFWeight']);
  return slots
    .filter(({ field, shape: { length } }) => length > 1 && !skipped.has(field))
    .reduce((sum, slot) => sum + rowsOf(slot).rows * rowsOf(slot).width, 0);
}

describe('named shapes', () => {
  it('have the published numbers of parameters', () => {
    expect(Object.fromEntries(shapes.map(([name, shape]) => [name, parametersOf(shape)]))).toEqual({
      ...{ '130m': 129_135_360, '370m': 371_516_416, '790m': 793_204_224, '1.4b': 1_372_178_432 },
      ...{ '2.8b': 2_768_345_600, 'gpt-neo-125m': 125_198_592, 'gpt-neo-1.3b': 1_315_575_808 },
      'gpt-neo-2.7b': 2_651_307_520,
    });
  });

  it("are those of the published config.json files, letters' size aside", () => {
    expect(namedShape('mamba-2.8b')).toEqual(parseModelShape(mamba28, 'config.json'));
    expect(namedShape('GPT-Neo-2.7B')).toEqual(parseModelShape(gptNeo27, 'config.json'));
    expect(namedShape('2.8')).toBeUndefined();
  });

  it('have a counterpart of their class, and the counterpart has them', () => {
    for (const name of ['130m', '1.4b', '2.8b', 'state-spaces/mamba-1.4b']) {
      expect(counterpartOf(counterpartOf(name)!)).toBe(name);
    }
    expect(counterpartOf('state-spaces/mamba-2.8b-hf')).toBe('EleutherAI/gpt-neo-2.7B');
    expect(counterpartOf('370m')).toBeUndefined();
  });
});

describe.each(shapes)('%s', (_, shape) => {
  it('holds four bytes a parameter in f32, and less in every other dtype', () => {
    const bytes = Object.fromEntries(weightDtypes.map((dtype) => [dtype, residentWeightBytes(shape, dtype)]));
    expect(bytes.f32).toBe(4 * parametersOf(shape));
    expect(bytes.bf16).toBe(bytes.f16);
    expect(bytes.q8_0! < bytes.bf16! && bytes.bf16! < bytes.f32!).toBe(true);
  });

  it('takes two operations a number of its matrices, and what scan or attention add', () => {
    const position = 1000;
    const beside = flopsPerToken(shape, position) - 2 * matrixNumbers(shape);
    if (shape.kind === 'mamba') {
      const { nLayer, dInner, dState } = shape.config;
      expect(beside).toBe(nLayer * dInner * (7 * dState + 3));
    } else {
      const { nLayer, hiddenSize, windowSize } = shape.config;
      expect(beside).toBe((nLayer / 2) * 4 * hiddenSize * (position + 1 + windowSize));
    }
  });

  it('remembers the same at any length if it is a Mamba, and in proportion to the length if it is a Transformer', () => {
    const [short, long] = [memoryBytes(shape, 100), memoryBytes(shape, 2000)];
    expect(long / short).toBe(shape.kind === 'mamba' ? 1 : 20);
    expect(flopsPerToken(shape, 2000) > flopsPerToken(shape, 0)).toBe(shape.kind !== 'mamba');
  });
});

test('the largest batch fits, and one sequence more does not', () => {
  const memory = fc.integer({ min: 1, max: 2 ** 20 }).map((mebibytes) => mebibytes * 2 ** 20);
  const [named, dtypes] = [fc.constantFrom(...shapes), fc.constantFrom(...weightDtypes)];
  fc.assert(
    fc.property(named, dtypes, memory, fc.integer({ min: 2, max: 2048 }), ([, shape], dtype, bytes, tokens) => {
      const batch = largestBatch(shape, dtype, bytes, tokens);
      if (batch > 0) expect(neededBytes(shape, dtype, { sequences: batch, tokens })).toBeLessThanOrEqual(bytes);
      expect(neededBytes(shape, dtype, { sequences: batch + 1, tokens })).toBeGreaterThan(bytes);
    }),
  );
});

test('a process needs what the model takes, Node, and the logits of two tokens and of those not collected yet', () => {
  const shape = namedShape('gpt-neo-125m')!;
  for (const [sequences, tokens, garbage] of [
    [1, 2, 4 * 50257 * 2 * 4],
    [1, 2048, 96 * 2 ** 20],
    [1024, 12, 96 * 2 ** 20],
  ] as const) {
    const load = { sequences, tokens };
    expect(logitCopyBytes(shape, load)).toBe(2 * 4 * sequences * 50257 + garbage);
    const beside = neededBytes(shape, 'f32', load) - runningBytes(shape, 'f32', load);
    expect(beside).toBe(processBytes + logitCopyBytes(shape, load));
  }
});

test('one sequence more takes what it remembers, and flash attention keeps no scores', () => {
  const named = fc.constantFrom(namedShape('130m')!, namedShape('gpt-neo-125m')!);
  const sizes = [fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 256 })] as const;
  fc.assert(
    fc.property(named, ...sizes, (shape, sequences, eights) => {
      const load = { sequences, tokens: 8 * eights };
      const more = { ...load, sequences: sequences + 1 };
      const bytes = runningBytes(shape, 'f32', more) - runningBytes(shape, 'f32', load);
      // Models of one memory: a model over two has the table of tokens twice.
      if (runningBytes(shape, 'f32', more) < 2 ** 31) expect(bytes).toBe(memoryBytes(shape, load.tokens));
      const scores = workBytes(shape, load) - workBytes(shape, { ...load, attention: 'flash' });
      if (shape.kind === 'mamba') expect(scores).toBe(0);
      else expect(scores % (4 * shape.config.nHead * load.tokens)).toBe(0);
    }),
  );
});

test('beyond its positions a GPT-Neo has no batch, and a Mamba has no such end', () => {
  const options = { memory: 2 ** 36, promptLength: 4096, genLength: 1 };
  const [mamba, gptNeo] = [namedShape('130m')!, namedShape('gpt-neo-125m')!];
  expect(estimateOf(gptNeo, options)).toMatchObject({ mostTokens: 2048, largestBatch: { f32: null, q8_0: null } });
  expect(estimateOf(mamba, options)).toMatchObject({ mostTokens: null });
  expect(estimateOf(mamba, options).largestBatch.f32).toBeGreaterThan(1);
  expect([mostTokens(mamba), mostTokens(gptNeo)]).toEqual([Number.POSITIVE_INFINITY, 2048]);
});
