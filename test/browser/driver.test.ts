/**
 * The built page in an installed Chromium, driven by messages; the WASM backend, which every machine has.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { load } from '../../src/api/load.node.ts';
import { checkNames } from '../../src/api/verify-target.ts';
import type { BrowserPage } from '../../src/browser/driver.node.ts';
import { openBrowserPage } from '../../src/browser/driver.node.ts';
import { modelPrefix } from '../../src/browser/mounts.node.ts';
import { RemoteModel } from '../../src/browser/remote-model.ts';
import { DeviceLostError } from '../../src/engine/errors.ts';
import { EmptyPromptError } from '../../src/generation/generate.ts';
import { vectorRowNames } from '../../src/oracle/target-vectors/index.ts';
import { embeddedFolder } from '../embedded.ts';
import { buildDist } from './build-dist.ts';
import { chromiumPath } from './chromium.ts';

const golden = JSON.parse(readFileSync(new URL('../golden/tiny-shakespeare.json', import.meta.url), 'utf8')) as {
  prompts: Record<string, { greedy: number[] }>;
};
const expected = golden.prompts['ROMEO:']!.greedy.slice(0, 60);
const greedy = { sampling: { temperature: 0 } };

describe.skipIf(chromiumPath === undefined)('a page that is driven', () => {
  let page: BrowserPage;
  let model: RemoteModel;

  beforeAll(async () => {
    await buildDist();
    page = await openBrowserPage({ software: true, modelFolder: embeddedFolder });
    const source = { url: modelPrefix, name: 'tiny-shakespeare' };
    model = await RemoteModel.open(page, { type: 'load', backend: 'wasm', model: source });
  }, 60_000);
  afterAll(() => page?.close());

  async function generate(prompt: string, options: Parameters<RemoteModel['generate']>[1]) {
    const pieces = model.generate(prompt, { ...greedy, ...options });
    let text = '';
    for (;;) {
      const next = await pieces.next();
      if (next.done) return { text, generation: next.value };
      text += next.value.text;
    }
  }

  test('generates the golden text, piece by piece, and says what computed it', async () => {
    const { text, generation } = await generate('ROMEO:', { maxTokens: 60 });
    expect(generation.tokens).toEqual(expected);
    expect(text).toBe(generation.text);
    expect(model.model).toMatchObject({ backend: 'wasm', dtype: 'f32' });
    expect(model.model.device).toMatch(/^(simd|relaxed)-threads, \d+ threads?$/);
  });

  test('a session goes out and comes back: the text goes on as if nothing had happened', async () => {
    const first = await generate('ROMEO:', { maxTokens: 20, keepState: true });
    const session = await model.snapshot(first.generation);
    await generate('JULIET:', { maxTokens: 3 });
    const rest = await generate('', { maxTokens: 40, session });
    expect([...first.generation.tokens, ...rest.generation.tokens]).toEqual(expected);
    await expect(model.snapshot(rest.generation)).rejects.toThrow('expected a generation with keepState');
  });

  test('scores a text as Node does, and has the same name, config and fingerprint', async () => {
    const here = await load(undefined, { threads: 1 });
    const text = 'The day is ours, the bloody dog is dead.\n';
    const [there, score] = [await model.score(text), await here.score(text)];
    expect(there.lossNatsPerToken).toBeCloseTo(score.lossNatsPerToken, 4);
    expect([model.name, model.config, model.fingerprint]).toEqual([here.name, here.config, here.fingerprint]);
    here.dispose();
  });

  test('times the model', async () => {
    const request = { type: 'bench', promptLength: 5, genLength: 2, repeats: 1 } as const;
    const { result, backend } = await page.connection.request(request);
    expect(backend).toBe('wasm');
    expect(Math.min(result.prefillSeconds, result.decodeSeconds)).toBeGreaterThan(0);
  });

  test('runs the vectors and the suite', async () => {
    const request = { type: 'verify', backend: 'wasm', problems: 2 } as const;
    const { result } = await page.connection.request(request);
    const { vectors, problems } = result!;
    expect(problems.map(({ operation }) => operation)).toEqual(checkNames);
    expect(vectors.rows.filter(({ cases }) => cases > 0).map(({ operation }) => operation)).toEqual(
      vectorRowNames.filter((row) => row !== 'scanChunked'),
    );
    expect([...vectors.rows, ...problems].flatMap(({ failures }) => failures)).toEqual([]);
  });

  test('an aborted generation ends by itself and says how far it has come', async () => {
    const controller = new AbortController();
    const pieces = model.generate('ROMEO:', { ...greedy, maxTokens: 1e6, signal: controller.signal });
    await pieces.next();
    controller.abort();
    let next = await pieces.next();
    while (!next.done) next = await pieces.next();
    expect(next.value.finishReason).toBe('aborted');
    expect(expected.join().startsWith(next.value.tokens.slice(0, 60).join())).toBe(true);
  });

  test('errors keep their class and their line', async () => {
    await expect(generate('', {})).rejects.toBeInstanceOf(EmptyPromptError);
    const nowhere = { type: 'load', backend: 'wasm', model: { url: 'models/nowhere' } } as const;
    await expect(page.connection.request(nowhere)).rejects.toThrow('config.json: expected a file, got no such file');
    const nothing = { type: 'score', text: 'abc' } as const;
    await expect(page.connection.request(nothing)).rejects.toThrow('expected a "load" before this request');
  });

  test('names a renderer that computes on the CPU software', async () => {
    for (const backend of ['webgl2', 'webgpu'] as const)
      expect(await page.rendererOf(backend)).toMatch(/\(software\)$/);
  });

  test('a page that is gone fails what waits for it, and everything after it', async () => {
    const request = { type: 'verify', backend: 'wasm', problems: 10_000 } as const;
    const waiting = page.connection.request(request);
    await Promise.all([page.close(), expect(waiting).rejects.toBeInstanceOf(DeviceLostError)]);
    await expect(page.connection.request(request)).rejects.toThrow('the page is gone');
  });
});
