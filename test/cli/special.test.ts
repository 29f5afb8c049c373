/**
 * Special tokens in what a user writes: text, unless --special says otherwise.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildDist } from '../browser/build-dist.ts';
import { chromiumPath } from '../browser/chromium.ts';
import { withAddedTokens } from '../generation/tokenizers.ts';
import { runHere } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'mamba-ts-special-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('mamba-ts generate --special', () => {
  const args = ['generate', '--prompt', 'a<|endoftext|>', '--max-tokens', '1', '--json', '--model', folder];
  const promptTokens = async (flags: readonly string[]) =>
    JSON.parse((await runHere([...args, ...flags])).stdout).promptTokens;
  beforeAll(async () => {
    for (const file of ['config.json', 'model.safetensors']) {
      await copyFile(join('models/tiny-shakespeare', file), join(folder, file));
    }
    const added = withAddedTokens([{ id: 255, content: '<|endoftext|>', special: true }]);
    await writeFile(join(folder, 'tokenizer.json'), added);
  });

  it('makes a special token of its spelling in the prompt; without it what a user writes is text', async () => {
    expect(await promptTokens([])).toBe(14);
    expect(await promptTokens(['--special'])).toBe(2);
  });

  it.skipIf(chromiumPath === undefined)('does so in a browser too', async () => {
    await buildDist();
    vi.stubEnv('CHROME_PATH', chromiumPath);
    vi.stubEnv('MAMBA_SOFTWARE_GL', '1');
    expect(await promptTokens(['--backend', 'webgl2', '--special'])).toBe(2);
    vi.unstubAllEnvs();
  });

  it('is no flag of score, which always reads text', async () => {
    const file = join(folder, 'text');
    await writeFile(file, 'a<|endoftext|>');
    const { stdout } = await runHere(['score', file, '--json', '--model', folder]);
    expect(JSON.parse(stdout).predictedTokens).toBe(13);
    expect((await runHere(['score', file, '--special', '--model', folder])).code).toBe(2);
  });
});
