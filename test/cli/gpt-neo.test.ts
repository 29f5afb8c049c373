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

  it('a text ends where the positions end, and says so; in two parts with a state it is the same', async () => {
    const run = (...flags: string[]) => runHere(['generate', '--model', folder, '--temperature', '0', ...flags]);
    const [state, prompt] = [join(folder, 'state'), ['--prompt', 'ROMEO:']];
    const whole = await run('--max-tokens', '70', ...prompt);
    const first = await run('--max-tokens', '30', ...prompt, '--save-state', state);
    const rest = await run('--max-tokens', '70', '--load-state', state);
    for (const { code, stderr } of [whole, rest]) {
      expect([code, stderr]).toEqual([0, expect.stringContaining("the text ends where the model's 64 positions end")]);
    }
    expect(first.stdout.slice(0, -1) + rest.stdout).toBe(whole.stdout);
    expect(rest.stderr).toContain('prompt 0 tokens, – tokens/s · generated');
  });

  it('is timed only where its positions suffice, which is found out before anything is timed', async () => {
    const lengths = ['--prompt-length', '64', '--gen-length', '16'];
    const message = "error: 64 + 16 tokens: expected at most 64 (the model's positions)\n";
    for (const backend of ['wasm', 'reference']) {
      const result = await runHere(['bench', '--model', folder, '--backend', backend, ...lengths]);
      expect(result).toEqual({ code: 1, stdout: '', stderr: message });
    }
    const random = await runHere(['bench', '--random', 'gpt-neo-125m', '--prompt-length', '2048']);
    expect([random.code, random.stderr]).toEqual([1, expect.stringContaining('error: 2048 + 64 tokens: expected at')]);
  });

  it('is scored by windows of its positions, unless others are asked for, and then no larger ones', async () => {
    const text = 'package.json';
    const scored = async (...flags: string[]) => runHere(['score', text, '--model', folder, '--json', ...flags]);
    const [normal, of64] = [await scored(), await scored('--context', '64')];
    expect([normal.code, normal.stdout]).toEqual([0, of64.stdout]);
    const line = "error: --context expected at most 64 (the model's positions), got 65\n";
    for (const backend of ['wasm', 'reference']) {
      const { code, stderr } = await scored('--context', '65', '--backend', backend);
      expect([code, stderr.slice(-line.length)]).toEqual([1, line]);
    }
  });

  it('is refused by what runs Mamba only, before anything is started', async () => {
    for (const backend of ['webgl', 'webgl2', 'webgpu', 'headlessgl']) {
      const refusal = (name: string) =>
        `error: ${backend}, ${name}: expected a Mamba, the only kind of model that runs on GPUs, got a GPT-Neo\n`;
      for (const [args, name] of [
        [['generate', '--model', folder], folder],
        [['score', 'package.json', '--model', folder], folder],
        [['bench', '--model', folder], folder],
        [['bench', '--random', 'gpt-neo-125m'], 'random gpt-neo-125m'],
        [['evaluate', '--model-name', folder], folder],
        [['evaluate', '--random', 'gpt-neo-125m'], 'random gpt-neo-125m'],
        [['evaluate', '--random', 'gpt-neo-125m', '--sweep', '1'], 'random gpt-neo-125m'],
      ] as const) {
        const { code, stdout, stderr } = await runHere([...args, '--backend', backend]);
        expect([code, stdout.replace(/^Loading model .*\n/, ''), stderr]).toEqual([69, '', refusal(name)]);
      }
      const flags = ['generate', '--model', folder, '--backend', backend, '--attention', 'flash'];
      const usage = `error: --attention expected none with --backend ${backend}, which runs Mamba only, got flash\n`;
      expect(await runHere(flags)).toMatchObject({ code: 2, stderr: usage });
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
