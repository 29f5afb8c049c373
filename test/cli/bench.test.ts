import { describe, expect, it } from 'vitest';
import { runHere } from './run-cli.ts';

const short = ['--prompt-length', '5', '--gen-length', '2', '--repeats', '1'];

describe('bench', () => {
  it('--json prints one object with exactly the keys of the contract', async () => {
    const { code, stdout, stderr } = await runHere(['bench', '--json', '--threads', '1', '--dtype', 'bf16', ...short]);
    expect([code, stderr]).toEqual([0, '']);
    const result = JSON.parse(stdout);
    expect(Object.keys(result)).toEqual([
      ...['model', 'backend', 'device', 'dtype', 'threads', 'batch', 'promptLength', 'genLength', 'repeats'],
      ...['prefillTokensPerSecond', 'decodeTokensPerSecond', 'peakMemoryBytes'],
    ]);
    expect(result).toMatchObject({
      ...{ model: 'tiny-shakespeare', backend: 'wasm', dtype: 'bf16', threads: 1, batch: 1 },
      ...{ promptLength: 5, genLength: 2, repeats: 1 },
    });
    expect(result.prefillTokensPerSecond).toBeGreaterThan(0);
    expect(result.decodeTokensPerSecond).toBeGreaterThan(0);
    expect(result.peakMemoryBytes).toBeGreaterThan(1e7);
  });

  it('times a batch, the reference, and a table for people', async () => {
    const batch = await runHere(['bench', '--json', '--batch', '3', ...short]);
    expect(JSON.parse(batch.stdout)).toMatchObject({ batch: 3 });
    const reference = await runHere(['bench', '--json', '--backend', 'reference', ...short]);
    expect(JSON.parse(reference.stdout)).toMatchObject({ backend: 'reference', dtype: 'f64', threads: 1 });
    expect((await runHere(['bench', ...short])).stdout).toMatch(/^model +tiny-shakespeare\nbackend +wasm\n/);
  });

  it('refuses a batch for which there is no room, and names one that fits', async () => {
    const { code, stdout, stderr } = await runHere(['bench', '--random', '130m', '--dtype', 'f32', '--batch', '65536']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: the model with 65536 sequences \(--batch\) needs .*; --batch \d+ fits\n$/);
  });

  it('refuses random weights or a batch on the reference', async () => {
    for (const flags of [
      ['--random', '130m'],
      ['--batch', '2'],
    ]) {
      const { code, stderr } = await runHere(['bench', '--backend', 'reference', ...flags]);
      expect([code, stderr]).toEqual([2, 'error: --random and --batch expected another backend than reference\n']);
    }
  });
});
