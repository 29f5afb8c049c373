import { describe, expect, it } from 'vitest';
import { operationNames } from '../../src/oracle/index.ts';
import { runHere } from './run-cli.ts';

describe('verify', () => {
  it('--json prints one object: every operation, how often it ran, and its worst error', async () => {
    const { code, stdout, stderr } = await runHere(['verify', '--problems', '2', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual(['backend', 'device', 'problems', 'ok', 'operations']);
    expect(report).toMatchObject({ backend: 'wasm', problems: 2, ok: true });
    expect(report.operations.map(({ operation }: { operation: string }) => operation)).toEqual(operationNames);
    for (const { cases, worst, absent } of report.operations) {
      expect(worst).toBeLessThanOrEqual(1);
      expect(cases > 0 || absent.length > 0).toBe(true);
    }
  });

  it('prints a table for people, here for the reference', async () => {
    const { code, stdout, stderr } = await runHere(['verify', '--problems', '1', '--backend', 'reference']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^reference on float64, rounded to float32\n\noperation +ran +worst\nlinear +1 +0\.\d\d\n/);
  });

  it('stopped by Ctrl-C prints no result and exits 130', async () => {
    const stopped = await runHere(['verify', '--problems', '100000'], { ctrlCAfter: 50 });
    expect(stopped).toEqual({ code: 130, stdout: '', stderr: '' });
  });
});
