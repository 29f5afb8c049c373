import { describe, expect, test } from 'vitest';
import type { LoadModelOptions } from '../../src/api/load.node.ts';
import { load } from '../../src/api/load.node.ts';
import type { LoadedModel } from '../../src/api/loaded-model.ts';
import type { Generation } from '../../src/generation/generate.ts';

const greedy = { sampling: { temperature: 0 } };

async function generate(model: LoadedModel, prompt: string, options: object): Promise<Generation> {
  const pieces = model.generate(prompt, { ...greedy, ...options });
  for (;;) {
    const next = await pieces.next();
    if (next.done) return next.value;
  }
}

describe('a loaded model', () => {
  test('goes on from a snapshot as if nothing had come between, in the same process or another', async () => {
    const model = await load(undefined, { threads: 1 });
    const first = await generate(model, 'KING RICHARD III: Now is', { maxTokens: 5 });
    const session = await model.snapshot(first);
    const expected = await generate(model, ' disc', { maxTokens: 8, session });
    await generate(model, 'something else', { maxTokens: 3 });
    expect((await generate(model, ' disc', { maxTokens: 8, session })).text).toBe(expected.text);
    const whole = await generate(model, `KING RICHARD III: Now is${first.text} disc`, { maxTokens: 8 });
    expect(expected.text).toBe(whole.text);
    model.dispose();
  });

  test('aborted before its prompt is through, it says so and what was read', async () => {
    const model = await load(undefined, { threads: 1 });
    const controller = new AbortController();
    controller.abort();
    const options = { maxTokens: 5, signal: controller.signal };
    expect(await generate(model, 'A', options)).toMatchObject({ finishReason: 'aborted', read: 0, text: '' });
    model.dispose();
  });

  test('of no tokens leaves the state of an empty text', async () => {
    const model = await load(undefined, { threads: 1 });
    await generate(model, 'some text', { maxTokens: 3 });
    const { state } = await model.snapshot(await generate(model, 'KING', { maxTokens: 0 }));
    expect(state.layers.every(({ h }) => h.every((value) => value === 0))).toBe(true);
    model.dispose();
  });
});

test('load refuses options it does not know, by name', async () => {
  const wrong: [object, string][] = [
    [{ dtype: 'f64' }, '"dtype" expected f32, bf16, f16, q8_0, got "f64"'],
    [{ backend: 'cuda' }, '"backend" expected wasm, reference, got "cuda"'],
    [{ discretization: 'euler' }, '"discretization" expected mamba, zoh, got "euler"'],
    [{ build: 'fast' }, '"build" expected simd, simd-threads, relaxed, relaxed-threads, got "fast"'],
    [{ sequences: 0 }, '"sequences" expected an integer ≥ 1, got 0'],
    [{ threads: 0.5 }, '"threads" expected an integer in 1…64, got 0.5'],
  ];
  for (const [options, message] of wrong) {
    await expect(load(undefined, options as LoadModelOptions)).rejects.toThrow(new RangeError(message));
  }
});
