import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeGptNeoFolder } from '../gpt-neo-folder.ts';
import { runHere } from './run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await writeGptNeoFolder('safetensors');
});
afterAll(() => rmSync(folder, { recursive: true }));
const greedy = ['--temperature', '0', '--seed', '1', '--prompt', 'ROMEO:'];

describe('a GPT-Neo on the command line', () => {
  it('generates the same greedy text with either attention, and on the reference', async () => {
    const run = (...flags: string[]) =>
      runHere(['generate', '--model', folder, '--max-tokens', '20', ...greedy, ...flags]);
    const eager = await run();
    expect(eager.code).toBe(0);
    expect(eager.stdout.length).toBeGreaterThan('ROMEO:'.length + 10);
    expect((await run('--attention', 'flash')).stdout).toBe(eager.stdout);
    expect((await run('--backend', 'reference')).stdout).toBe(eager.stdout);
  });

  it('keeps its state in a file', async () => {
    const file = join(folder, 'state');
    const flags = ['generate', '--model', folder, '--temperature', '0'];
    const whole = await runHere([...flags, '--max-tokens', '12', '--prompt', 'ROMEO:']);
    const first = await runHere([...flags, '--max-tokens', '5', '--prompt', 'ROMEO:', '--save-state', file]);
    const rest = await runHere([...flags, '--max-tokens', '7', '--load-state', file]);
    expect(first.stdout.slice(0, -1) + rest.stdout).toBe(whole.stdout);
  });

  it('scores, and is timed', async () => {
    const scored = await runHere([
      'score',
      '--model',
      folder,
      '--json',
      join(folder, 'config.json'),
      '--context',
      '40',
    ]);
    expect([scored.code, JSON.parse(scored.stdout).predictedTokens]).toEqual([0, expect.any(Number)]);
    const bench = ['bench', '--model', folder, '--attention', 'flash', '--json', '--repeats', '1'];
    const { code, stdout } = await runHere([...bench, '--prompt-length', '20', '--gen-length', '4', '--batch', '3']);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { batch: 3, backend: 'wasm' }]);
  });

  it('stops at the end of its context with one line', async () => {
    const { code, stderr } = await runHere(['generate', '--model', folder, '--max-tokens', '70', ...greedy]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'error: out of context: expected at most 64 tokens in all (the context), got 64 read + 1 more',
    );
  });

  it('is refused by what runs Mamba only, before anything is started', async () => {
    for (const backend of ['webgl', 'webgl2', 'webgpu', 'headlessgl']) {
      const { code, stderr } = await runHere(['generate', '--model', folder, '--backend', backend, ...greedy]);
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('expected a Mamba, the only kind of model that runs on GPUs'),
      ]);
      const flags = ['generate', '--model', folder, '--backend', backend, '--attention', 'flash'];
      const usage = `error: --attention expected none with --backend ${backend}, which runs Mamba only, got flash\n`;
      expect(await runHere(flags)).toMatchObject({ code: 2, stderr: usage });
      const random = await runHere(['bench', '--backend', backend, '--random', 'gpt-neo-125m']);
      expect(random.stderr).toBe(`error: ${backend}: expected a Mamba, got the GPT-Neo gpt-neo-125m\n`);
    }
  });

  it('refuses another attention, and one for a Mamba', async () => {
    const { code, stderr } = await runHere(['generate', '--attention', 'sdpa']);
    expect([code, stderr]).toEqual([2, 'error: --attention expected eager or flash, got "sdpa"\n']);
    const mamba = await runHere(['generate', '--attention', 'flash', ...greedy]);
    expect([mamba.code, mamba.stderr]).toEqual([
      1,
      expect.stringContaining('"attention" expected nothing with a Mamba'),
    ]);
  });
});
