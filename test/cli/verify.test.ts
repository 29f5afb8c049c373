import { describe, expect, it } from 'vitest';
import { checkNames } from '../../src/api/verify-target.ts';
import { runHere } from './run-cli.ts';

describe('verify', () => {
  it('--json prints one object: every operation and the engine as a whole, how often each ran, and its worst error', async () => {
    const { code, stdout, stderr } = await runHere(['verify', '--problems', '2', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual(['backend', 'device', 'problems', 'ok', 'operations']);
    expect(report).toMatchObject({ backend: 'wasm', problems: 2, ok: true });
    expect(report.operations.map(({ operation }: { operation: string }) => operation)).toEqual(checkNames);
    for (const { cases, worst, absent } of report.operations) {
      expect(worst).toBeLessThanOrEqual(1);
      expect(cases > 0 || absent.length > 0).toBe(true);
    }
  });

  it('prints a table for people, here for the reference', async () => {
    const { code, stdout, stderr } = await runHere(['verify', '--problems', '1', '--backend', 'reference']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^reference on float64, rounded to float32\n\noperation +ran +worst\nlinear +1 +0\.\d\d\n/);
    expect(stdout).toMatch(/\nmodel +– +– +reference: engines are measured by it\n/);
  });

  it('runs small models through the engine, and says why WebAssembly has no plans', async () => {
    const { stdout } = await runHere(['verify', '--problems', '20', '--backend', 'wasm']);
    expect(stdout).toMatch(/\nmodel +2 +0\.\d\d\nstep +2 +0\.\d\d\nplan +– +– +wasm compiles no plans: /);
  });

  it('stopped by Ctrl-C prints no result and exits 130', async () => {
    const stopped = await runHere(['verify', '--problems', '100000'], { ctrlCAfter: 50 });
    expect(stopped).toEqual({ code: 130, stdout: '', stderr: '' });
  });
});
