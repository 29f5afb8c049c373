import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gptNeo27, mamba28 } from '../evaluate/published-configs.ts';
import { FakeHub } from '../hub/fake-hub.ts';
import { emptyFolder, file, model } from '../hub/fake-models.ts';
import { runHere } from './run-cli.ts';

let folder: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ path: folder, remove } = await emptyFolder());
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', '1');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await remove();
});

async function json(args: readonly string[]) {
  const { code, stdout, stderr } = await runHere(['estimate', ...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

describe('estimate --as blog', () => {
  it('prints both memory columns of the blog', async () => {
    const { code, stdout } = await runHere(['estimate', '2.8b', 'gpt-neo-2.7b', '--as', 'blog']);
    expect(code).toBe(0);
    const rows = stdout
      .split('\n')
      .slice(2, 10)
      .map((line) => line.trim().split(/ {2,}/));
    expect(rows).toEqual([
      ...[
        ['1', '5GB', '7GB'],
        ['2', '6GB', '9GB'],
        ['4', '6GB', '13GB'],
        ['8', '7GB', '20GB'],
        ['16', '9GB', '35GB'],
      ],
      ...[
        ['32', '12GB', 'out of memory'],
        ['64', '18GB', 'out of memory'],
        ['128', '31GB', 'out of memory'],
      ],
    ]);
    expect(stdout).toContain('112 MiB a Mamba are fitted');
  });

  it('another card and other lengths move the end', async () => {
    const lengths = ['--promptlen', '2048', '--genlen', '1'];
    const { models } = await json(['gpt-neo-2.7b', '--as', 'blog', '--batches', '4,1', '--memory', '10GiB']);
    expect(models[0].rows.map(({ batch, outcome }: { batch: number; outcome: string }) => [batch, outcome])).toEqual([
      [1, 'fits'],
      [4, 'out of memory'],
    ]);
    const long = await json(['gpt-neo-2.7b', '2.8b', '--as', 'blog', '--batches', '1', ...lengths]);
    expect(long.models[0].rows[0].outcome).toBe('out of context');
    expect(long.models[1].rows[0].outcome).toBe('fits');
  });
});

describe('estimate MODEL', () => {
  it('takes a shape, a config.json or a folder, and says the same of them', async () => {
    const path = join(folder, 'config.json');
    await writeFile(path, gptNeo27);
    const { estimates } = await json(['gpt-neo-2.7b', path, folder]);
    const [shape, ...others] = estimates.map(({ model: _, ...numbers }: { model: string }) => numbers);
    expect(shape.parameters).toBe(2_651_307_520);
    for (const other of others) expect(other).toEqual(shape);
  });

  it('loads nothing but config.json from the hub, and needs no hub the second time', async () => {
    const hub = await FakeHub.start();
    try {
      const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: folder, HF_HOME: folder };
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      for (const name of ['HF_TOKEN', 'HF_HUB_OFFLINE']) vi.stubEnv(name, undefined);
      const files = { 'config.json': file(mamba28), 'pytorch_model.bin': file('weights', 'store') };
      hub.models.set('state-spaces/mamba-2.8b', model(files));
      const online = await json(['state-spaces/mamba-2.8b']);
      expect(online.estimates[0]).toMatchObject({ model: 'state-spaces/mamba-2.8b', parameters: 2_768_345_600 });
      expect(hub.bodies().length).toBe(1);
      vi.stubEnv('HF_HUB_OFFLINE', '1');
      expect(await json(['state-spaces/mamba-2.8b'])).toEqual(online);
      const { code, stderr } = await runHere(['estimate', 'org/never']);
      expect([code, stderr.split('\n').length]).toEqual([1, 2]);
      expect(stderr).toMatch(/^error: org\/never: expected its config.json in /);
    } finally {
      await hub.stop();
    }
  });

  it('is all that a GPT-Neo on the hub loads before a GPU refuses it', async () => {
    const hub = await FakeHub.start();
    try {
      const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: folder, HF_HOME: folder };
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      for (const name of ['HF_TOKEN', 'HF_HUB_OFFLINE']) vi.stubEnv(name, undefined);
      const files = { 'config.json': file(gptNeo27), 'tokenizer.json': file('{}') };
      hub.models.set('org/neo', model({ ...files, 'pytorch_model.bin': file('weights', 'store') }));
      const only = 'org/neo: expected a Mamba, the only kind of model that runs on GPUs, got a GPT-Neo';
      for (const [command, flag, backend] of [
        ['generate', '--model', 'webgpu'],
        ['bench', '--model', 'webgl2'],
        ['bench', '--model', 'headlessgl'],
        ['evaluate', '--model-name', 'headlessgl'],
      ] as const) {
        const { code, stderr } = await runHere([command, flag, 'org/neo', '--backend', backend]);
        expect([code, stderr]).toEqual([69, expect.stringContaining(`error: ${backend}, ${only}\n`)]);
      }
      expect(hub.bodies().length).toBe(1);
    } finally {
      await hub.stop();
    }
  });

  it('says for people what --json says', async () => {
    const { stdout } = await runHere(['estimate', '130m', 'gpt-neo-125m', '--memory', '16GB', '--promptlen', '4096']);
    expect(stdout).toContain('parameters               129,135,360\n');
    expect(stdout).toContain('2.8 MB a sequence, however long\n');
    expect(stdout).toContain('batch in 16.0 GB         f32 – · bf16 – · f16 – · q8_0 –\n');
    expect(stdout).toContain('a sequence of 5,120, which is out of context\n');
    expect(stdout).toContain('token 5,120, which is out of context\n');
    const { estimates } = await json(['130m', 'gpt-neo-125m', '--promptlen', '4096']);
    const beyond = estimates.map(({ outOfContext }: { outOfContext: boolean }) => outOfContext);
    expect(beyond).toEqual([false, true]);
    expect((await runHere(['estimate', '130m', '--memory', '2.5TB'])).stdout).toContain('batch in 2.5 TB ');
  });

  it.each([
    [['x.json'], 1, 'MODEL expected 130m, 370m'],
    [['130m', '--memory', 'much'], 2, '--memory expected a size as 16GB or 1.5GiB, got "much"'],
    [['130m', '--memory', '0'], 2, '--memory expected a size as 16GB or 1.5GiB, got "0"'],
    [['130m', '--as', 'paper'], 2, '--as expected blog, got "paper"'],
    [['130m', '--batches', '1,2'], 2, '--batches expected --as blog beside it'],
    [['130m', '--batches', '1,2,1'], 2, '--batches expected each batch size once, got 1 twice'],
    [['130m', '--batches', '1,,2'], 2, '--batches expected an integer in 1…65536, got ""'],
  ])('estimate %j ends with one line', async (args, expected, line) => {
    const { code, stdout, stderr } = await runHere(['estimate', ...args]);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toContain(line);
  });
});
