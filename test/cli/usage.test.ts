import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

const backends = 'reference, wasm, headlessgl, webgl, webgl2, webgpu';
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const wrong: [args: string[], line: string][] = [
  [['generate', '--temperature', '-1'], '--temperature expected a number ≥ 0, got "-1"'],
  [['generate', '--temperature', 'abc'], '--temperature expected a number ≥ 0, got "abc"'],
  [['generate', '--temperature', '--json'], '--temperature expected a number ≥ 0, got "--json"'],
  [['generate', '--top-p', '0'], '--top-p expected a number in (0, 1], got "0"'],
  [['generate', '--top-p=1.5'], '--top-p expected a number in (0, 1], got "1.5"'],
  [['generate', '--top-k', '-1'], '--top-k expected an integer ≥ 0, got "-1"'],
  [['generate', '--min-p', '2'], '--min-p expected a number in [0, 1], got "2"'],
  [['generate', '--repetition-penalty', '0'], '--repetition-penalty expected a number > 0, got "0"'],
  [['generate', '--max-tokens', '1e'], '--max-tokens expected an integer ≥ 0, got "1e"'],
  [['generate', '--max-tokens', '1.5'], '--max-tokens expected an integer ≥ 0, got "1.5"'],
  [['generate', '--seed', ''], '--seed expected an integer in 0…9007199254740991, got ""'],
  [
    ['generate', '--seed', '9007199254740992'],
    '--seed expected an integer in 0…9007199254740991, got "9007199254740992"',
  ],
  [['generate', '--seed'], "option '--seed <n>' argument missing"],
  [['generate', '--backend', 'cuda'], `--backend expected ${backends}, got "cuda"`],
  [['generate', '--discretization', 'euler'], '--discretization expected mamba or zoh, got "euler"'],
  [
    ['generate', '--prompt', ''],
    '--prompt expected at least one token, as this model has no bos token, got an empty text',
  ],
  [['generate', '--temperatur', '1'], "unknown option '--temperatur'"],
  [['generate', 'file.txt'], "too many arguments for 'generate'. Expected 0 arguments but got 1."],
  [['generate', '--backend', 'wasm', '--top-k', 'x'], '--top-k expected an integer ≥ 0, got "x"'],
  [['score', 'x.txt', '--context', '0'], '--context expected an integer ≥ 1, got "0"'],
  [['score'], "missing required argument 'file'"],
  [['generat'], "unknown command 'generat'"],
];

describe('a wrong command line', () => {
  it.concurrent.each(wrong)('%j exits 2 with one line on stderr and nothing on stdout', async (args, line) => {
    const { code, stdout, stderr } = await runCli([
      ...args,
      ...(args[0] === 'generate' && !args.includes('--seed') ? ['--seed', '1'] : []),
    ]);
    expect(stderr).toBe(`error: ${line}\n`);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.concurrent('without a command prints the help on stderr and exits 2', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: mamba-ts \[options\] \[command\]\n/);
  });
});

describe('a backend that is known', () => {
  it.concurrent.each(['wasm', 'webgpu'])('but not in this version (%s) exits 69', async (backend) => {
    const result = await runCli(['generate', '--backend', backend]);
    const stderr = `error: --backend ${backend} is not in this version, only reference is\n`;
    expect(result).toEqual({ code: 69, stdout: '', stderr });
  });

  it.concurrent('is checked by score too, before the file is', async () => {
    expect((await runCli(['score', '/nowhere', '--backend', 'webgl'])).code).toBe(69);
  });
});

describe('help and version', () => {
  it.concurrent('--version prints that of package.json', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.concurrent.each([
    [['--help'], ['Usage: mamba-ts', 'generate', 'score', 'Examples:', 'Exit codes: 0 ok']],
    [
      ['generate', '--help'],
      ['Usage: mamba-ts generate', 'Examples:', '--repetition-penalty <p>', '(default: 256)'],
    ],
    [
      ['help', 'score'],
      ['Usage: mamba-ts score', 'Examples:', '--context <C>', '--stream'],
    ],
  ])('%j prints options and examples on stdout', async (args, parts) => {
    const { code, stdout, stderr } = await runCli(args);
    for (const part of parts) expect(stdout).toContain(part);
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('errors', () => {
  it.concurrent('show a stack trace only with MAMBA_TS_DEBUG=1', async () => {
    const args = ['generate', '--model', '/nowhere/at-all'];
    expect((await runCli(args)).stderr).toBe('error: --model expected a folder, there is no "/nowhere/at-all"\n');
    expect((await runCli(args, { env: { MAMBA_TS_DEBUG: '1' } })).stderr).toMatch(/\n {4}at /);
  });

  it.concurrent('say "error:" in red where colours are asked for, and not under NO_COLOR', async () => {
    const args = ['generate', '--seed', 'x'];
    const red = await runCli(args, { env: { FORCE_COLOR: '1' } });
    expect(red.stderr).toContain('\u001b[31merror:\u001b[39m --seed');
    expect((await runCli(args, { env: { NO_COLOR: '1' } })).stderr).not.toContain('\u001b');
  });
});
