import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkNames } from '../../src/api/verify-target.ts';
import { vectorRowNames } from '../../src/oracle/target-vectors/index.ts';
import { runHere } from './run-cli.ts';

/** headless-gl, where there is a display, renders in software. */
const minutes = { timeout: 300_000 };

interface Row {
  readonly operation: string;
  readonly cases: number;
  readonly worst: number;
  readonly absent: readonly string[];
}

beforeEach(() => {
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('FORCE_COLOR', undefined);
});
afterEach(() => vi.unstubAllEnvs());

describe('verify', () => {
  it('--json prints one object: the machine, every build with every row, and what is not here', async () => {
    const { code, stdout, stderr } = await runHere(['verify', '--backend', 'wasm', '--problems', '2', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual([
      ...['version', 'node', 'platform', 'cpu', 'cases', 'problems', 'ok', 'backends', 'broken', 'absent'],
    ]);
    expect(report).toMatchObject({ node: process.version, problems: 2, ok: true, broken: [] });
    const named = [...report.backends, ...report.absent].map(({ name }: { name: string }) => name);
    expect(named.sort()).toEqual(['relaxed', 'relaxed-threads', 'simd', 'simd-threads']);
    expect(report.backends.length).toBeGreaterThan(0);
    for (const backend of report.backends) {
      expect(backend).toMatchObject({ backend: 'wasm', browser: null, ok: true, blames: [] });
      expect(backend.vectors.map(({ operation }: Row) => operation)).toEqual(vectorRowNames);
      expect(backend.problems.map(({ operation }: Row) => operation)).toEqual(checkNames);
      for (const { cases, worst, absent } of [...backend.vectors, ...backend.problems] as Row[]) {
        expect(worst).toBeLessThanOrEqual(1);
        expect(cases > 0 || absent.length > 0).toBe(true);
      }
    }
  });

  it('prints a table for people, here for the reference', async () => {
    const { code, stdout, stderr } = await runHere(['verify', '--problems', '1', '--backend', 'reference']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^ +reference\nvectors: \d+ cases\ndiscretize +0\.00\n/);
    expect(stdout).toMatch(/\nblock +–\nmodel +–\ntrace +–\n\nrandom problems: 1 an operation\nlinear +0\.\d\d\n/);
    expect(stdout).toMatch(/\nreference: float64, rounded to float32\nnot computed: /);
    expect(stdout).toContain('\nnot computed: engines are measured by it: block, model, trace, step, plan\n');
  });

  it('runs small models through the engine, and says why WebAssembly has no plans', async () => {
    const { stdout } = await runHere(['verify', '--problems', '20', '--backend', 'wasm']);
    expect(stdout).toMatch(/\nmodel( +0\.\d\d)+\nstep( +0\.\d\d)+\nplan( +–)+\n/);
    expect(stdout).toContain('\nnot computed: no plans are compiled, a token at a time is chosen here');
  });

  it('without a backend checks all: what is here in a column each, what is not with its reason', minutes, async () => {
    vi.stubEnv('CHROME_PATH', '/nowhere');
    const { code, stdout } = await runHere(['verify', '--problems', '1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +simd +simd/);
    for (const name of ['webgl', 'webgl2', 'webgpu'])
      expect(stdout).toContain(
        `\nnot here: ${name}: CHROME_PATH expected an installed browser, there is no "/nowhere"\n`,
      );
  });

  it('stopped by Ctrl-C prints no result and exits 130', async () => {
    const stopped = await runHere(['verify', '--problems', '100000'], { ctrlCAfter: 50 });
    expect(stopped).toEqual({ code: 130, stdout: '', stderr: '' });
  });
});
