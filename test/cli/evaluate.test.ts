import { describe, expect, it } from 'vitest';
import { runHere } from './run-cli.ts';

const embedded = ['--model-name', 'models/tiny-shakespeare', '--threads', '1'];

describe('evaluate', () => {
  it("prints the script's lines for random tokens, exactly and in order", async () => {
    const { code, stdout, stderr } = await runHere([
      ...['evaluate', ...embedded, '--promptlen', '7', '--genlen', '3', '--batch', '2'],
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      new RegExp(
        '^Loading model models/tiny-shakespeare\n' +
          'Number of parameters: 2063040\n' +
          'Prompt length: 7, generation length: 3\n' +
          'prompt processing \\+ decoding time: \\d+\\.\\d\\ds\n' +
          'memory used: \\d+GB\n$',
      ),
    );
  });

  it('with a prompt also the text, as Python prints a list; the batch is one row', async () => {
    const args = ['--prompt', 'ROMEO:\n', '--genlen', '5', '--batch', '4', '--topp', '0.9', '--temperature', '0.7'];
    const { code, stdout } = await runHere(['evaluate', ...embedded, ...args]);
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[2]).toMatch(/^\['ROMEO:\\n.{5,}'\]$/);
    expect(lines[3]).toBe('Prompt length: 7, generation length: 5');
    expect((await runHere(['evaluate', ...embedded, ...args])).stdout.split('\n')[2]).toBe(lines[2]);
  });

  it('has the defaults of the script', async () => {
    const { code, stdout } = await runHere(['evaluate', ...embedded, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ model: 'models/tiny-shakespeare', kind: 'mamba', attention: null, parameters: 2_063_040 },
      ...{ backend: 'wasm', threads: 1, batch: 1, promptLength: 100, genLength: 100, repeats: 3 },
    });
    const help = (await runHere(['evaluate', '--help'])).stdout;
    expect(help).toContain('--model-name <model>');
    for (const part of [
      '"state-spaces/mamba-130m"',
      '(default: "sdpa")',
      '--attn_implementation <name>',
      '--minp <p>',
    ]) {
      expect(help).toContain(part);
    }
    expect(help).not.toContain('--point');
  });

  it('computes on the reference too, the same greedy text', async () => {
    const args = ['--prompt', 'ROMEO:', '--genlen', '8', '--repetition-penalty', '1.2'];
    const wasm = await runHere(['evaluate', ...embedded, ...args]);
    const reference = await runHere([
      ...['evaluate', '--model-name', 'models/tiny-shakespeare', '--backend', 'reference', ...args],
    ]);
    expect(reference.stdout.split('\n')[2]).toBe(wasm.stdout.split('\n')[2]);
  });

  it('ends with 130 at Ctrl-C, and prints nothing of a measurement', async () => {
    const { code, stdout } = await runHere(['evaluate', ...embedded, '--genlen', '5000'], { ctrlCAfter: 300 });
    expect(code).toBe(130);
    expect(stdout).not.toContain('memory used');
  });

  it.each([
    [['--attn_implementation', 'fast'], 2, '--attn_implementation expected sdpa, eager, flash_attention_2, got "fast"'],
    [['--random', '131m'], 2, '--random expected 130m, 370m'],
    [['--random', '130m', '--prompt', 'x'], 2, '--prompt expected a model with a tokenizer, got --random'],
    [['--batch', '0'], 2, '--batch expected an integer in 1…65536, got "0"'],
    [['--batch', '2', '--backend', 'reference'], 2, '--random and --batch expected another backend than reference'],
    [['--out', 'x'], 2, '--out expected --sweep beside it'],
    [['--sweep', '1,2', '--prompt', 'x'], 2, '--sweep expected no --prompt, which is one row'],
    [['--sweep', '1,2', '--batch', '2'], 2, '--sweep expected no --batch, got 2'],
    [
      ['--sweep', '1', '--backend', 'webgpu', '--random', '130m', '--against', '370m'],
      69,
      'not on webgpu: bench times',
    ],
    [
      ['--random', '130m', '--model-name', 'x'],
      2,
      "'--model-name <model>' cannot be used with option '--random <shape>'",
    ],
    [
      ['--sweep', '1', '--random', '130m', '--against', '130M'],
      2,
      '--against expected another model than 130m, got it',
    ],
    [['--sweep', '1', '--out', ''], 2, '--out expected a folder, got ""'],
    [['--sweep', '1,1'], 2, '--sweep expected each batch size once, got 1 twice'],
    [['--sweep', '1', '--backend', 'reference'], 2, '--sweep expected another backend than reference'],
    [['--sweep', '1', '--random', '370m'], 2, '--against expected a model beside 370m, or none, got nothing'],
    [['--sweep', '1', '--random', '130m', '--against', 'x'], 2, '--against expected a shape beside --random, got "x"'],
    [
      ['--model-name', '130m'],
      1,
      '--model-name expected a folder, a .gguf file or an id on the hub (ORG/NAME), there is no "130m"',
    ],
    [['--model-name', './nothing-here'], 1, '--model-name expected 130m'],
    [['--backend', 'webgpu', '--random', '130m'], 69, 'evaluate runs on wasm, reference and headlessgl, not on webgpu'],
  ])('evaluate %j ends with one line', async (args, expected, line) => {
    const { code, stderr } = await runHere(['evaluate', ...args]);
    expect(code).toBe(expected);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toContain(line);
  });
});
