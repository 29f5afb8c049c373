/**
 * What the plan says a model takes, against what it takes; and what is refused, in which words.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../src/engine/architecture.ts';
import type { AttentionMethod, WeightDtype } from '../../src/engine/backend.ts';
import { OutOfMemoryError } from '../../src/engine/errors.ts';
import { parametersOf } from '../../src/engine/load-estimate.ts';
import type { Room } from '../../src/engine/memory-plan.ts';
import { defaultDtype, modelBytes, splitLayers } from '../../src/engine/memory-plan.ts';
import { gptNeoShapeNames, namedConfig, namedGptNeoConfig } from '../../src/engine/named-shapes.ts';
import { randomWeights } from '../../src/engine/random-weights.ts';
import type { GptNeoConfig } from '../../src/reference/gpt-neo-types.ts';
import type { MambaConfig } from '../../src/reference/types.ts';
import { createWasmBackend } from '../../src/wasm/backend.ts';
import { nodeHost } from '../../src/wasm/host.node.ts';
import { gridWeights } from '../reference/small-model.ts';
import { openGptNeo } from './gpt-neo-engine.ts';
import { openTestEngine } from './wasm-engine.ts';

const config: MambaConfig = {
  ...{ vocabSize: 384, dModel: 32, nLayer: 3, dInner: 64, dState: 16, dConv: 4, dtRank: 32, normEps: 1e-5 },
  ...{ useBias: true, useConvBias: true, tieWordEmbeddings: true },
};
const untied = { ...config, tieWordEmbeddings: false };
const roomy: Room = { freeBytes: 1e15, sequences: 1, chunkRows: 512, capacity: 1e15 };
const empty = await createWasmBackend(nodeHost, { threads: 1 });
const emptyBytes = empty.residentBytes;
empty.dispose();

describe('the bytes of a model are those its cells take, up to their alignment', () => {
  const dtypes: WeightDtype[] = ['f32', 'bf16', 'q8_0'];
  const cases = [config, untied].flatMap((shape) =>
    dtypes.flatMap((dtype) =>
      [1, 40].flatMap((sequences) => [false, true].map((split) => ({ shape, dtype, sequences, split }))),
    ),
  );
  test.each(cases)('tied $shape.tieWordEmbeddings, $dtype, $sequences sequences, split $split', async (one) => {
    const { shape, dtype, sequences, split } = one;
    const wide = { ...roomy, sequences };
    const room = split ? { ...wide, capacity: leastCapacity(shape, dtype, wide) } : wide;
    const stages = splitLayers(shape, dtype, room);
    expect(stages.length > 1).toBe(split);
    const cuts = stages.slice(1).map(({ from }) => from);
    const engine = await openTestEngine(shape, gridWeights(shape, 1), { dtype, sequences, cuts });
    const taken = engine.residentBytes - stages.length * emptyBytes;
    engine.dispose();
    const planned = modelBytes(shape, dtype, room);
    expect(taken).toBeGreaterThanOrEqual(planned);
    // 64 bytes a cell, of which a layer has 14 and a stage 20; ids and bounds.
    const cells = 14 * shape.nLayer + 20 * stages.length;
    expect(taken).toBeLessThanOrEqual(planned + 64 * cells + stages.length * (4 * 512 + 8 * sequences));
  });
});

/** The least capacity that is not refused. */
function leastCapacity(shape: ModelConfig, dtype: WeightDtype, room: Room): number {
  let [least, most] = [0, 1e9];
  while (most - least > 1) {
    const capacity = Math.floor((least + most) / 2);
    try {
      splitLayers(shape, dtype, { ...room, capacity });
      most = capacity;
    } catch {
      least = capacity;
    }
  }
  return most;
}

test('stages cover the layers in order, each within a memory, and no two of them would fit into one', () => {
  const shapes = fc.record({ nLayer: fc.integer({ min: 1, max: 9 }), tieWordEmbeddings: fc.boolean() });
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 8 }), (shape, sequences, extra) => {
      const model = { ...config, ...shape };
      const room = { ...roomy, sequences };
      const capacity = leastCapacity(model, 'f32', room) + extra * 30_000;
      const stages = splitLayers(model, 'f32', { ...room, capacity });
      expect(stages.map(({ from }) => from)).toEqual([0, ...stages.slice(0, -1).map(({ to }) => to)]);
      expect(stages.at(-1)!.to).toBe(model.nLayer);
      const whole = modelBytes(model, 'f32', room);
      expect(stages.length === 1).toBe(whole <= capacity);
      expect(modelBytes(model, 'f32', { ...room, capacity })).toBeLessThanOrEqual(stages.length * capacity);
    }),
  );
});

describe('a model that does not fit', () => {
  const room = { freeBytes: 5e9, sequences: 1, chunkRows: 512 };
  const refusal = (shape: MambaConfig, dtype: WeightDtype, where: Room) => () => splitLayers(shape, dtype, where);

  test('is refused with the numbers and a dtype that fits', () => {
    expect(refusal(namedConfig('2.8b'), 'f32', room)).toThrow(
      new OutOfMemoryError('the model needs 11.1 GB in f32, this machine has 5.0 GB free; --dtype q8_0 fits'),
    );
    expect(defaultDtype(namedConfig('1.4b'), room)).toBe('bf16');
    expect(refusal(namedConfig('2.8b'), 'q8_0', { ...room, freeBytes: 1e9 })).toThrow('; no dtype fits');
  });

  test('for its batch names --batch and one that fits, which does', () => {
    const big = { ...room, sequences: 65536 };
    expect(refusal(namedConfig('130m'), 'f32', big)).toThrow(
      /^the model with 65536 sequences \(--batch\) needs \d+\.\d GB in f32, this machine has 5\.0 GB free; --batch \d+ fits$/,
    );
    const batch = Number(/--batch (\d+) fits/.exec(messageOf(refusal(namedConfig('130m'), 'f32', big)))![1]);
    expect(splitLayers(namedConfig('130m'), 'f32', { ...room, sequences: batch }).length).toBeGreaterThan(0);
    expect(refusal(namedConfig('130m'), 'f32', { ...room, sequences: 2 * batch })).toThrow(OutOfMemoryError);
  });

  test('for its logits, in a machine with room for all of it but no memory with room for them, says so', () => {
    const big = { freeBytes: 1e13, sequences: 65536, chunkRows: 512 };
    expect(messageOf(refusal(namedConfig('130m'), 'f32', big))).toMatch(
      /GB in f32, and one memory, which must hold a layer or the head, has 4\.0 GB; --batch \d+ fits$/,
    );
  });

  test('in this dtype with one sequence is told a dtype', () => {
    expect(messageOf(refusal(namedConfig('2.8b'), 'f32', { ...room, sequences: 2 }))).toMatch(
      /; --dtype q8_0 with --batch 1 fits$/,
    );
  });
});

function messageOf(refused: () => unknown): string {
  try {
    refused();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was refused';
}

describe('GPT-Neo', () => {
  const small: GptNeoConfig = {
    ...{ vocabSize: 100, maxPositions: 96, hiddenSize: 64, nLayer: 3, nHead: 4, intermediateSize: 256, windowSize: 8 },
    ...{ attentionKinds: ['global', 'local', 'global'], normEps: 1e-5 },
  };

  const cases = (['eager', 'flash'] as const).flatMap((attention) =>
    (['f32', 'q8_0'] as const).flatMap((dtype) => [false, true].map((split) => ({ attention, dtype, split }))),
  );
  test.each(cases)('$attention, $dtype, split $split: what is planned is what the cells take', async (one) => {
    const { attention, dtype, split } = one;
    const wide = { ...roomy, sequences: 3, attention, positions: 90 };
    const room = split ? { ...wide, capacity: leastCapacity(small, dtype, wide) } : wide;
    const stages = splitLayers(small, dtype, room);
    expect(stages.length > 1).toBe(split);
    const cuts = stages.slice(1).map(({ from }) => from);
    const options = { dtype, sequences: 3, cuts, attention, positions: 90 };
    const engine = await openGptNeo(small, randomWeights(small), options);
    const taken = engine.residentBytes - stages.length * emptyBytes;
    engine.dispose();
    const planned = modelBytes(small, dtype, room);
    expect(taken).toBeGreaterThanOrEqual(planned);
    const cells = 15 * small.nLayer + 20 * stages.length;
    expect(taken).toBeLessThanOrEqual(planned + 64 * cells + stages.length * (4 * 512 + 12 * 3));
  });

  test('flash takes memory in proportion to the context, eager’s scores a number more a row, head and position', () => {
    const config = namedGptNeoConfig('gpt-neo-125m');
    const bytes = (attention: AttentionMethod, positions: number) =>
      modelBytes(config, 'f32', { freeBytes: Infinity, sequences: 1, chunkRows: 256, attention, positions });
    const cacheOfToken = 2 * 4 * 12 * 768;
    expect(bytes('flash', 2048) - bytes('flash', 1024)).toBe(1024 * cacheOfToken);
    expect(bytes('eager', 2048) - bytes('flash', 2048)).toBe(4 * 12 * 256 * 2048);
  });

  test('the published sizes have the published numbers of parameters', () => {
    const counts = gptNeoShapeNames.map((name) => parametersOf(namedGptNeoConfig(name)));
    expect(counts).toEqual([125_198_592, 1_315_575_808, 2_651_307_520]);
  });

  test('a batch whose caches do not fit is refused, and one that fits is named', () => {
    const config = namedGptNeoConfig('gpt-neo-125m');
    const room = { freeBytes: 4e9, sequences: 64, chunkRows: 512 };
    expect(() => splitLayers(config, 'f32', room)).toThrow(
      /64 sequences \(--batch\) needs .* GB in f32.*; --batch 16 fits/,
    );
    expect(defaultDtype(config, { ...room, sequences: 1 })).toBe('f32');
  });
});
