import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { expectMamba } from '../../src/checkpoint/config.ts';
import { openFolder } from '../../src/checkpoint/open-folder.node.ts';
import { huggingFaceConfigText } from '../../src/checkpoint/write-config.ts';
import { writeModel } from '../../src/checkpoint/write-model.node.ts';
import { randomWeights } from '../../src/engine/random-weights.ts';
import { runHere, spawnCli } from './run-cli.ts';

const tiny = fileURLToPath(new URL('../../models/tiny-shakespeare', import.meta.url));

/** A folder with the embedded model's tokenizer, random weights, and this many layers. */
async function withRandomModel<T>(nLayer: number, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mamba-ts-verify-'));
  try {
    const real = expectMamba(await openFolder(tiny), tiny, 'is embedded');
    const config = { ...real.config, nLayer };
    await writeFile(join(folder, 'config.json'), huggingFaceConfigText({ ...real, config }, 'F32'));
    await writeFile(join(folder, 'tokenizer.json'), real.tokenizerJson);
    await writeModel(join(folder, 'model.safetensors'), config, randomWeights(config), 'F32');
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('verify --model', () => {
  test('says for people and as JSON that the embedded model gives what is published', async () => {
    const { code, stdout, stderr } = await runHere(['verify', '--model', tiny]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^[^\n]*: 2,063,040 parameters: f32 14 MB, [^\n]* free; loading as f32\n$/);
    expect(stdout).toMatch(/ in f32 on .+, by the published values of tiny-shakespeare\n/);
    expect(stdout).toMatch(/\nlogits +1 +0\.\d\d\ncontinuations +2 +0\.00\n$/);
    const json = JSON.parse((await runHere(['verify', '--model', tiny, '--backend', 'reference', '--json'])).stdout);
    expect(json).toMatchObject({ ok: true, backend: 'reference', dtype: 'f64', publishedOf: 'tiny-shakespeare' });
  });

  test('exits 3 for other weights of the same sizes, and says what differs', async () => {
    const { code, stderr } = await withRandomModel(8, (folder) => runHere(['verify', '--model', folder]));
    expect(code).toBe(3);
    expect(stderr).toMatch(/\nlogits: "ROMEO:": token \d expected -[\d.]+ ± [\de.-]+, got /);
    expect(stderr).toContain('2 of 2 checks differ from the published values: logits, continuations');
  });

  test('a model about which nothing is published is refused in one line, with those that there are', async () => {
    const { code, stderr } = await withRandomModel(1, (folder) => runHere(['verify', '--model', folder]));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: --model expected one that has published values \(state-spaces\/mamba-130m-hf, .+\n$/,
    );
  });

  test('a model that is not here says so in one line', async () => {
    const env = { HF_HUB_OFFLINE: '1', HF_HUB_CACHE: join(tmpdir(), 'mamba-ts-no-such-cache') };
    const { code, stdout, stderr } = await spawnCli(['verify', '--model', 'state-spaces/mamba-130m-hf'], { env });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: .*state-spaces\/mamba-130m-hf.*\n$/);
  });

  test('--problems is of the other kind of check', async () => {
    expect((await runHere(['verify', '--model', tiny, '--problems', '3'])).code).toBe(2);
  });
});
