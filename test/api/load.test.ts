import { describe, expect, test } from 'vitest';
import type { LoadModelOptions } from '../../src/api/load.node.ts';
import { load } from '../../src/api/load.node.ts';
import type { LoadedModel } from '../../src/api/loaded-model.ts';
import { openGpuEngine } from '../../src/api/open-gpu.ts';
import { namedConfig } from '../../src/engine/named-shapes.ts';
import type { Generation } from '../../src/generation/generate.ts';
import { expectMambaState } from '../../src/generation/model-state.ts';

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
    expect(expectMambaState(state).layers.every(({ h }) => h.every((value) => value === 0))).toBe(true);
    model.dispose();
  });
});

describe('calls share one state', () => {
  const greedy = { maxTokens: 6, sampling: { temperature: 0 } };

  test('a generation that another call came between says so at its next piece', async () => {
    const model = await load(undefined, { threads: 1 });
    for (const between of [() => model.score('To be'), () => model.generate('JULIET:', greedy).next()]) {
      const generation = model.generate('ROMEO:', greedy);
      await generation.next();
      await between();
      await expect(generation.next()).rejects.toThrow('the model expected generate() to go on before another call');
    }
    model.dispose();
  });

  test('a snapshot of what was read before something else is refused', async () => {
    const model = await load(undefined, { threads: 1 });
    const pieces = model.generate('ROMEO:', greedy);
    let step = await pieces.next();
    while (!step.done) step = await pieces.next();
    await model.score('abcdef');
    await expect(model.snapshot(step.value)).rejects.toThrow('the model expected snapshot() before another call');
    model.dispose();
  });
});

describe.each(['wasm', 'reference'] as const)('on %s after dispose', (backend) => {
  test('generate, score and snapshot reject with an error that says so', async () => {
    const model = await load(undefined, { backend });
    model.dispose();
    model.dispose();
    const gone = (call: string) => new Error(`the model expected no call after dispose(), got ${call}()`);
    await expect(model.generate('A').next()).rejects.toThrow(gone('generate'));
    await expect(model.score('AB')).rejects.toThrow(gone('score'));
    await expect(model.snapshot({ ids: [], read: 0 })).rejects.toThrow(gone('snapshot'));
  });
});

test('a generation whose model is disposed of ends with an error, and so does a restore', async () => {
  const model = await load();
  const running = model.generate('A', greedy);
  await running.next();
  const state = await model.model.state();
  model.dispose();
  const gone = (call: string) => new Error(`the engine expected no call after dispose(), got ${call}()`);
  await expect(running.next()).rejects.toThrow(gone('read'));
  await expect(model.model.restore(state)).rejects.toThrow(gone('restore'));
});

test('the fingerprint is the file’s: the same in every dtype and on every backend', async () => {
  const prints = [];
  for (const options of [{ dtype: 'f32' }, { dtype: 'q8_0' }, { backend: 'reference' }] as const) {
    const model = await load(undefined, options);
    prints.push(model.fingerprint);
    model.dispose();
  }
  expect(prints[0]).toMatch(/^[0-9a-f]{16}$/);
  expect(new Set(prints).size).toBe(1);
});

test('load refuses options it does not know, by name', async () => {
  const wrong: [object, string][] = [
    [{ dtype: 'f64' }, '"dtype" expected f32, bf16, f16, q8_0, got "f64"'],
    [{ backend: 'cuda' }, '"backend" expected wasm, reference, got "cuda"'],
    [{ discretization: 'euler' }, '"discretization" expected mamba, zoh, got "euler"'],
    [{ build: 'fast' }, '"build" expected simd, simd-threads, relaxed, relaxed-threads, got "fast"'],
    [{ sequences: 0 }, '"sequences" expected an integer ≥ 1, got 0'],
    [{ threads: 0.5 }, '"threads" expected an integer in 1…64, got 0.5'],
    [{ backend: 'reference', dtype: 'q8_0' }, '"dtype" expected nothing with the reference backend, got "q8_0"'],
    [{ backend: 'reference', threads: 2 }, '"threads" expected nothing with the reference backend, got 2'],
  ];
  for (const [options, message] of wrong) {
    await expect(load(undefined, options as LoadModelOptions)).rejects.toThrow(new RangeError(message));
  }
});

describe('openGpuEngine', () => {
  test('asks for the weights before it opens a backend, which nobody would give back', async () => {
    const source = async () => {
      throw new Error('no weights');
    };
    const open = openGpuEngine('webgpu', namedConfig('130m'), source); // Node has no WebGPU: a backend would throw first
    await expect(open).rejects.toThrow('no weights');
  });
});
