/**
 * `--backend webgl|webgl2|webgpu`: an installed Chromium, rendering in software here.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildDist } from '../browser/build-dist.ts';
import { chromiumPath } from '../browser/chromium.ts';
import { ended, runHere, startCli } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'mamba-ts-gpu-'));
const greedy = ['--temperature', '0', '--seed', '1'];

beforeEach(() => {
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('MAMBA_SOFTWARE_GL', '1');
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

describe('without a browser', () => {
  it.each([['generate'], ['bench'], ['score', '/dev/null'], ['verify']])(
    '%s exits 69 and says so',
    async (...command) => {
      vi.stubEnv('CHROME_PATH', '/nowhere');
      writeFileSync(join(folder, 'text'), 'some text');
      const args = command[0] === 'score' ? ['score', join(folder, 'text')] : command;
      const line = 'error: CHROME_PATH expected an installed browser, there is no "/nowhere"\n';
      expect(await runHere([...args, '--backend', 'webgl2'])).toEqual({ code: 69, stdout: '', stderr: line });
    },
  );

  it('a browser that does not start exits 69 too', async () => {
    vi.stubEnv('CHROME_PATH', join(folder, 'text'));
    const { code, stdout, stderr } = await runHere(['generate', '--backend', 'webgpu']);
    expect([code, stdout]).toEqual([69, '']);
    expect(stderr).toContain(`"${join(folder, 'text')}" expected to start`);
  });

  it('a folder without a model is refused before any browser starts', async () => {
    const { code, stderr } = await runHere(['generate', '--backend', 'webgpu', '--model', folder]);
    expect(code).toBe(1);
    expect(stderr).toContain('expected a folder with config.json, weights and tokenizer.json');
  });
});

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  beforeAll(buildDist, 60_000);

  it('webgl2 writes the text that WASM writes, names its renderer, and keeps a state for webgpu', async () => {
    const state = join(folder, 'state');
    const flags = ['generate', ...greedy, '--max-tokens'];
    const whole = await runHere([...flags, '8']);
    const first = await runHere([...flags, '4', '--backend', 'webgl2', '--save-state', state]);
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/^webgl2 on .+ \(software\), in Chromium [\d.]+\n/);
    const json = ['--load-state', state, '--backend', 'webgpu', '--json'];
    const rest = JSON.parse((await runHere([...flags, '4', ...json])).stdout);
    expect(rest).toMatchObject({ backend: 'webgpu', dtype: 'f32', finishReason: 'length' });
    expect(rest.device).toMatch(/\(software\)$/);
    expect(`${first.stdout.slice(0, -1)}${rest.text}\n`).toBe(whole.stdout);
  });

  it('bench answers with the keys of its contract, and counts no threads', async () => {
    const short = ['--prompt-length', '2', '--gen-length', '1', '--repeats', '1', '--batch', '2', '--json'];
    const bench = JSON.parse((await runHere(['bench', '--backend', 'webgl2', ...short])).stdout);
    expect(Object.keys(bench)).toEqual([
      ...['model', 'backend', 'device', 'dtype', 'threads', 'batch', 'promptLength', 'genLength', 'repeats'],
      ...['prefillTokensPerSecond', 'decodeTokensPerSecond', 'peakMemoryBytes'],
    ]);
    expect(bench).toMatchObject({ model: 'tiny-shakespeare', backend: 'webgl2', threads: null, batch: 2 });
  });

  it('verify prints what the page has found', { timeout: 300_000 }, async () => {
    const { code, stdout } = await runHere(['verify', '--backend', 'webgl2', '--problems', '1', '--json']);
    const { ok, backends, absent } = JSON.parse(stdout);
    expect([code, ok, backends.length, absent]).toEqual([0, true, 1, []]);
    expect(backends[0]).toMatchObject({ name: 'webgl2', backend: 'webgl2', ok: true, blames: [] });
    expect(backends[0].device).toMatch(/\(software\)$/);
    expect(backends[0].browser).toMatch(/^Chromium \d/);
  });

  describe.skipIf(!existsSync('/proc'))('a signal ends the browser with its profile', () => {
    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const)('%s, and exits %i', async (signal, exit) => {
      const TMPDIR = mkdtempSync(join(folder, 'tmp-'));
      const env = { MAMBA_SOFTWARE_GL: '1', TMPDIR, NO_COLOR: '1' };
      const child = startCli(['generate', '--backend', 'webgl2', '--max-tokens', '100000', '--ignore-eos'], { env });
      child.stdin.end();
      const end = ended(child);
      while (browsersIn(TMPDIR).length === 0) await setTimeout(20);
      child.kill(signal);
      const { code, stderr } = await end;
      expect([code, stderr.includes('error')]).toEqual([exit, false]);
      while (browsersIn(TMPDIR).length > 0) await setTimeout(20); // the last of them may be on its way out
      expect(readdirSync(TMPDIR).filter((name) => /^playwright|chromium/i.test(name))).toEqual([]);
    });
  });
});

/** Processes that were given a profile below `profiles`. */
function browsersIn(profiles: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--user-data-dir=${profiles}`);
    } catch {
      return false; // it has ended
    }
  });
}
