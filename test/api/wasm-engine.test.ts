import { describe, expect, test, vi } from 'vitest';
import type { WasmEngineOptions } from '../../src/api/wasm-engine.node.ts';
import { openWasmEngine } from '../../src/api/wasm-engine.node.ts';
import type { LoadEstimate } from '../../src/engine/load-estimate.ts';
import { modelBytes } from '../../src/engine/memory-plan.ts';
import { namedConfig } from '../../src/engine/named-shapes.ts';
import { randomWeights } from '../../src/engine/random-weights.ts';

const config = namedConfig('130m');
const room = { freeBytes: 8e9, sequences: 1, chunkRows: 512 };
const small = { ...config, nLayer: 2, vocabSize: 64, dModel: 64, dInner: 128, dtRank: 4 };

/** The logits after a few tokens, then of three more, the most likely each time. */
async function logitsOf(options: Partial<WasmEngineOptions>): Promise<readonly Float32Array[]> {
  const engine = await openWasmEngine(config, async () => randomWeights(config), { freeBytes: 8e9, ...options });
  const all: Float32Array[] = [];
  let ids = [12092, 13, 309, 1353];
  for (let i = 0; i < 4; i++) {
    const [logits] = await engine.read([ids]);
    all.push(logits!);
    ids = [logits!.indexOf(logits!.reduce((a, b) => Math.max(a, b)))];
  }
  engine.dispose();
  return all;
}

describe('a model over several memories', () => {
  test("of mamba-130m's shape gives bit for bit what one memory gives", { timeout: 120_000 }, async () => {
    const estimates: LoadEstimate[] = [];
    const onEstimate = (estimate: LoadEstimate) => estimates.push(estimate);
    const whole = await logitsOf({ dtype: 'bf16', onEstimate });
    const split = await logitsOf({ dtype: 'bf16', onEstimate, capacity: 200e6 });
    expect(split).toEqual(whole);
    expect(estimates.map(({ memories }) => memories)).toEqual([1, 2]);
    // The head is the embedding once more, in the second memory.
    expect(estimates[1]!.bytes.bf16 - estimates[0]!.bytes.bf16).toBeGreaterThan(2 * config.vocabSize * config.dModel);
  });
});

describe('before anything is read', () => {
  test('it says what the model takes in every dtype, which it takes, and how many parameters there are', async () => {
    const onEstimate = vi.fn();
    const engine = await openWasmEngine(small, async () => randomWeights(small), { freeBytes: 1e9, onEstimate });
    const [estimate] = onEstimate.mock.calls[0]! as [LoadEstimate];
    expect(estimate).toMatchObject({ dtype: 'f32', memories: 1, freeBytes: 1e9 });
    expect(estimate.bytes.bf16).toBe(modelBytes(small, 'bf16', { ...room, freeBytes: 1e9 }));
    // Programs and alignment are not counted: half a megabyte here, nothing beside the sizes that matter.
    expect(Math.abs(engine.residentBytes - estimate.bytes.f32)).toBeLessThan(2 ** 20);
    engine.dispose();
  });

  test('what has no room is refused, with nothing opened', async () => {
    const source = vi.fn();
    const options = { dtype: 'f32', freeBytes: 3e8 } as const;
    await expect(openWasmEngine(config, source, options)).rejects.toThrow(/needs 0\.5 GB in f32.* --dtype bf16 fits/);
    expect(source).not.toHaveBeenCalled();
  });
});
