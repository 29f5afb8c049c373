import { afterEach, describe, expect, it, vi } from 'vitest';
import { runHere } from './run-cli.ts';

afterEach(() => vi.unstubAllEnvs());

describe('doctor', () => {
  it('says which build runs and why, as a table and as JSON; of a missing browser it says so', async () => {
    vi.stubEnv('CHROME_PATH', '/nowhere');
    const { code, stdout } = await runHere(['doctor', '--json']);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.webAssembly).toMatchObject({ simd: true, threads: true });
    expect(report.wasm.runs).toBe(true);
    expect(report.wasm.reason).toMatch(/relaxed SIMD (validates|does not validate)/);
    for (const backend of ['webgl', 'webgl2', 'webgpu']) {
      expect(report[backend]).toMatchObject({ runs: false, reason: expect.stringContaining('"/nowhere"') });
    }
    expect(Object.keys(report.headlessgl)).toContain('reason');
    const table = (await runHere(['doctor'])).stdout;
    expect(table).toContain(`wasm           ${report.wasm.device} (${report.wasm.reason})\n`);
    expect(table).toContain(`webgpu         does not run (${report.webgpu.reason})\n`);
  });
});
