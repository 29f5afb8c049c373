import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeHub } from '../hub/fake-hub.ts';
import { commitA, emptyFolder, usualModel, wrongBlobs } from '../hub/fake-models.ts';
import { ended, runHere, spawnCli, startCli } from './run-cli.ts';

const id = 'org/small';
let hub: FakeHub;
let cache: string;
let env: Record<string, string>;
let remove: () => Promise<void>;

beforeEach(async () => {
  hub = await FakeHub.start();
  hub.models.set(id, usualModel(150_000));
  ({ path: cache, remove } = await emptyFolder());
  env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache, HF_HOME: cache, NO_COLOR: '1' };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  for (const name of ['FORCE_COLOR', 'HF_TOKEN', 'HF_HUB_OFFLINE']) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  await remove();
});

const snapshot = () => join(cache, 'models--org--small/snapshots', commitA);

describe('mamba-ts models pull', () => {
  it('prints the folder, and on stderr how much it is and how much room there is', async () => {
    const { code, stdout, stderr } = await runHere(['models', 'pull', id]);
    expect([code, stdout]).toEqual([0, `${snapshot()}\n`]);
    expect(stderr).toMatch(
      // Its config is here by then, but was not before.
      /^org\/small: 5 files, 150\.0 kB; room for [\d.]+ [kMG]B\n$/,
    );
    expect(await runHere(['models', 'pull', id])).toEqual({ code: 0, stdout, stderr: '' });
  });

  it('--json prints one object with exactly these keys', async () => {
    const { code, stdout } = await runHere(['models', 'pull', id, '--json']);
    expect(code).toBe(0);
    const keys = ['id', 'revision', 'commit', 'files', 'folder', 'tokenizerJsonPath', 'tokenizerId'];
    expect(Object.keys(JSON.parse(stdout))).toEqual(keys);
    expect(JSON.parse(stdout)).toMatchObject({ id, revision: 'main', commit: commitA, folder: snapshot() });
  });

  it('stopped by Ctrl-C exits 130 and keeps the part; the next pull goes on with it', async () => {
    hub.pace = (sent) => (sent > 50_000 ? new Promise((resolve) => setTimeout(resolve, 200)) : undefined);
    const child = startCli(['models', 'pull', id], { env });
    const end = ended(child);
    await vi.waitUntil(() => hub.bodies().some(({ host }) => host === 'store'), { timeout: 30_000 });
    await vi.waitUntil(async () =>
      (await readdir(join(cache, 'models--org--small/blobs'))).some((n) => n.endsWith('.incomplete')),
    );
    child.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(/interrupted; what came is kept, and the same command goes on with it\n$/);
    expect(await wrongBlobs(cache)).toEqual([]);
    hub.pace = () => {};
    const resumed = await spawnCli(['models', 'pull', id], { env });
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain('of them here already');
    expect(await wrongBlobs(cache)).toEqual([]);
  });

  it.each([
    ['gpt2', {}, 'expected a model\'s id, ORG/NAME or ORG/NAME@REVISION, got "gpt2"'],
    ['org/../../x', {}, 'expected a model\'s id, ORG/NAME or ORG/NAME@REVISION, got "org/../../x"'],
    ['org/absent', {}, 'org/absent: the hub has no such model (404); check the name, ORG/NAME'],
    ['org/small@v9', {}, 'org/small: expected a branch, tag or commit, there is no "v9"'],
    [
      id,
      { HF_ENDPOINT: 'huggingface.co' },
      'HF_ENDPOINT expected an address like https://huggingface.co, got "huggingface.co"',
    ],
  ])('%s %j exits 1 with one line', async (spec, more, line) => {
    for (const [name, value] of Object.entries(more)) vi.stubEnv(name, value);
    expect(await runHere(['models', 'pull', spec])).toEqual({ code: 1, stdout: '', stderr: `error: ${line}\n` });
  });

  it.each([
    [401, 'org/small: the hub has no such model for you (401); check the name, or set HF_TOKEN if it is private'],
    [
      403,
      `org/small: access is restricted; ask for it at ENDPOINT/org/small and set HF_TOKEN to a token of that account`,
    ],
  ])('a hub that answers %i exits 1 with one line', async (status, line) => {
    hub.fault = () => ({ kind: 'status', status });
    const stderr = `error: ${line.replace('ENDPOINT', hub.endpoint)}\n`;
    expect(await runHere(['models', 'pull', id])).toEqual({ code: 1, stdout: '', stderr });
  });

  it('offline, and a cache that cannot be made, exit 1 with one line and no stack', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const offline = await runHere(['models', 'pull', id]);
    expect(offline.stderr).toBe(
      `error: org/small@main: expected it complete in ${cache}, it is not; unset HF_HUB_OFFLINE, or pull it where there is a network\n`,
    );
    vi.stubEnv('HF_HUB_OFFLINE', '0');
    await writeFile(join(cache, 'file'), '');
    const denied = await spawnCli(['models', 'pull', id], { env: { ...env, HF_HUB_CACHE: join(cache, 'file/x') } });
    expect(denied.code).toBe(1);
    expect(denied.stderr).toMatch(/^error: cannot use .* \(ENOTDIR\); check HF_HOME and HF_HUB_CACHE\n$/);
  });
});

describe('mamba-ts models list and rm', () => {
  it('of an empty cache is an empty result, and says where it looked', async () => {
    expect(await runHere(['models', 'list'])).toEqual({ code: 0, stdout: '', stderr: `no models in ${cache}\n` });
    const { stdout } = await runHere(['models', 'list', '--json']);
    expect(JSON.parse(stdout)).toEqual({ cache, models: [] });
  });

  it('show a model with a file that was cut as incomplete, until the next pull has loaded that anew', async () => {
    const what = async () => (await runHere(['models', 'list'])).stdout.trimEnd().split(/ {2,}/).at(-1);
    await runHere(['models', 'pull', id]);
    await truncate(join(snapshot(), 'model.safetensors'), 100_000);
    expect(await what()).toBe('incomplete');
    const { code, stderr } = await runHere(['models', 'pull', id]);
    expect([code, await what()]).toEqual([0, 'model']);
    expect(stderr).toMatch(/^org\/small: 5 files, 150\.0 kB, \d+ bytes of them here already; room for/);
    expect(await wrongBlobs(cache)).toEqual([]);
  });

  it('show what was pulled, take it away, and then know nothing of it', async () => {
    await runHere(['models', 'pull', id]);
    await mkdir(join(cache, 'models--org--begun/blobs'), { recursive: true });
    await writeFile(join(cache, 'models--org--begun/blobs/x.mamba-ts.incomplete'), 'half');
    const { stdout } = await runHere(['models', 'list']);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['model', 'files', 'size', 'what'],
      ['org/begun@?', '0', '4 bytes', 'incomplete'],
      ['org/small@main', '5', '150.0 kB', 'model'],
      [''],
    ]);
    expect(await runHere(['models', 'rm', id])).toEqual({ code: 0, stdout: `${id}: 150.0 kB freed\n`, stderr: '' });
    expect((await runHere(['models', 'rm', id])).stderr).toBe(
      `error: org/small: it is not in ${cache}; see: mamba-ts models list\n`,
    );
    const removed = await runHere(['models', 'rm', 'org/begun', '--json']);
    expect(JSON.parse(removed.stdout)).toEqual({ id: 'org/begun', commits: [], freedBytes: 4 });
  });
});

describe('a wrong command line', () => {
  it.each([
    [['models', 'pull'], "missing required argument 'id'"],
    [['models', 'lst'], "unknown command 'lst'"],
    [['models', 'list', '--jsn'], "unknown option '--jsn'"],
    [['models', 'rm', 'a/b', 'c/d'], "too many arguments for 'rm'. Expected 1 argument but got 2."],
  ])('%j exits 2 with one line', async (args, line) => {
    expect(await runHere(args)).toEqual({ code: 2, stdout: '', stderr: `error: ${line}\n` });
  });

  it('without a subcommand prints the help on stderr and exits 2', async () => {
    const { code, stdout, stderr } = await runHere(['models']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: mamba-ts models \[options\] \[command\]\n[\s\S]*pull[\s\S]*Examples:/);
  });
});
