import { expect, test } from 'vitest';
import type { Backend } from '../../src/engine/backend.ts';
import { architectureOf } from '../../src/engine/model-architecture.ts';
import { gptNeoShapeNames, namedConfig, namedGptNeoConfig, shapeNames } from '../../src/engine/named-shapes.ts';
import { rowsOfChunk, Turns } from '../../src/engine/turns.ts';
import { gridWeights } from '../reference/small-model.ts';
import { openTestEngine } from './wasm-engine.ts';

test('no layer of a published model has more work in a chunk than the event loop can wait for', () => {
  const rows = shapeNames.map((name) => rowsOfChunk(architectureOf(namedConfig(name)), 512));
  expect(rows).toEqual([512, 464, 208, 112, 64]);
  for (const [i, name] of shapeNames.entries()) {
    expect(rows[i]! * architectureOf(namedConfig(name)).layerWork).toBeLessThanOrEqual(3e9);
  }
  const huge = architectureOf({ ...namedConfig('2.8b'), dModel: 1e6, dInner: 2e6 });
  expect([rowsOfChunk(huge, 512), rowsOfChunk(architectureOf(namedConfig('2.8b')), 8)]).toEqual([16, 8]);
});

test('nor has one of a published GPT-Neo, half of its positions attended to', () => {
  const architectures = gptNeoShapeNames.map((name) => architectureOf(namedGptNeoConfig(name)));
  expect(architectures.map((one) => rowsOfChunk(one, 512))).toEqual([336, 48, 32]);
  for (const one of architectures) expect(rowsOfChunk(one, 512) * one.layerWork).toBeLessThanOrEqual(3e9);
});

test('work piles up to a turn, and then what is enqueued runs and the event loop turns', async () => {
  let settled = 0;
  const backend = { settle: async () => void settled++ } as unknown as Backend;
  const turns = new Turns();
  expect([turns.after(backend, 6e8), settled]).toEqual([undefined, 0]);
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  await turns.after(backend, 6e8);
  expect([settled, turned]).toEqual([1, true]);
  expect(turns.after(backend, 6e8)).toBeUndefined();
});

test('scoring with a large vocabulary lets the event loop turn between the slabs of logits', async () => {
  const config = {
    ...{ vocabSize: 50_000, dModel: 256, nLayer: 1, dInner: 32, dState: 2, dConv: 2, dtRank: 2, normEps: 1e-5 },
    ...{ useBias: false, useConvBias: false, tieWordEmbeddings: true },
  };
  const engine = await openTestEngine(config, gridWeights(config, 1));
  const ids = new Array<number>(256).fill(1);
  let turns = 0;
  let running = true;
  const count = () => {
    turns++;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  await engine.crossEntropy(0, ids, ids);
  running = false;
  engine.dispose();
  expect(turns).toBeGreaterThanOrEqual(2); // 256 rows × 12.8 million multiply–adds
});
