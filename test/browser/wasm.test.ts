/**
 * The WASM backend in a browser's Worker, with and without cross-origin isolation.
 */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launchChromium } from './chromium.ts';
import type { Answer } from './engine-worker.ts';
import { serveRepository } from './server.ts';

const required = (process.env.REQUIRE ?? '').split(',').includes('chromium');
const golden = JSON.parse(readFileSync(new URL('../golden/tiny-shakespeare.json', import.meta.url), 'utf8')) as {
  prompts: Record<string, { greedy: number[] }>;
};
const expected = golden.prompts['ROMEO:']!.greedy.slice(0, 60);

test('Chromium is here, or its absence was allowed', () => {
  if (chromiumPath === undefined) process.stderr.write('ABSENT: Chromium; the browser tests did not run\n');
  expect(chromiumPath !== undefined || !required).toBe(true);
});

describe.skipIf(chromiumPath === undefined)('in a Worker', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function ask(isolated: boolean, threads: number): Promise<Answer> {
    const server = await serveRepository(isolated);
    const page = await browser.newPage();
    try {
      await page.goto(`${server.url}/test/browser/page.html?threads=${threads}`);
      return (await page.evaluate('window.answer')) as Answer;
    } finally {
      await page.close();
      await server.close();
    }
  }

  test('of an isolated page two threads share the memory, and the text is the golden one', async () => {
    const answer = await ask(true, 2);
    expect(answer.error).toBeUndefined();
    expect(answer.isolated).toBe(true);
    expect(answer.device).toMatch(/^(simd|relaxed)-threads, 2 threads$/);
    expect(answer.tokens).toEqual(expected);
  });

  test('of any other page one thread does the same', async () => {
    const answer = await ask(false, 2);
    expect(answer.error).toBeUndefined();
    expect(answer.isolated).toBe(false);
    expect(answer.device).toMatch(/^(simd|relaxed), 1 thread$/);
    expect(answer.tokens).toEqual(expected);
  });
});
