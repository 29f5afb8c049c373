import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { InterruptedError, MismatchError, reportError, UnavailableError, UsageError } from '../../src/cli/exit.ts';
import { runHere, spawnCli } from './run-cli.ts';

beforeEach(() => {
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', '1');
});

const cached = `/hub/models--org--st/snapshots/${'a'.repeat(40)}`;
const cure = '; if the cache is damaged: mamba-ts models rm org/st, then pull it again';
const backends = 'wasm, reference, headlessgl, webgl, webgl2, webgpu';
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
  [['generate', '--\u001b[31m'], "unknown option '--\\u001b[31m'"],
  [['models', 'convert', 'm/st', ''], '<folder> expected a path, got ""'],
  [['generate', '--seed'], "option '--seed <n>' argument missing"],
  [['generate', '--backend', 'cuda'], `--backend expected ${backends}, got "cuda"`],
  [['generate', '--dtype', 'f64'], '--dtype expected f32, bf16, f16, q8_0, got "f64"'],
  [['generate', '--threads', '0'], '--threads expected an integer in 1…64, got "0"'],
  [
    ['generate', '--backend', 'reference', '--dtype', 'bf16'],
    '--dtype expected none with --backend reference (f64), got bf16',
  ],
  [['generate', '--backend', 'reference', '--threads', '2'], '--threads expected none with --backend reference, got 2'],
  [['bench', '--backend', 'webgpu', '--threads', '2'], '--threads expected none with --backend webgpu, got 2'],
  [
    ['score', 'x', '--backend', 'headlessgl', '--threads', '1'],
    '--threads expected none with --backend headlessgl, got 1',
  ],
  [
    ['verify', '--backend', 'cuda'],
    `--backend expected all, ${backends}, or a build of wasm (simd, simd-threads, relaxed, relaxed-threads), got "cuda"`,
  ],
  [['verify', '--problems', '0'], '--problems expected an integer in 1…1048576, got "0"'],
  [['generate', '--logprobs', '2'], '--logprobs expected --json beside it'],
  [['generate', '--stop', ''], '--stop expected at least one character, got ""'],
  [
    ['bench', '--random', '7b'],
    '--random expected 130m, 370m, 790m, 1.4b, 2.8b, gpt-neo-125m, gpt-neo-1.3b, gpt-neo-2.7b, got "7b"',
  ],
  [['bench', '--prompt-length', '1e12'], '--prompt-length expected an integer in 1…16777216, got "1e12"'],
  [['generate', '--save-state', ''], '--save-state expected a file, got ""'],
  [['bench', '--gen-length', '0'], '--gen-length expected an integer ≥ 1, got "0"'],
  [['bench', '--random', '130m', '--model', 'x'], '--random expected no --model beside it'],
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
  [['help', 'generat'], "unknown command 'generat'"],
  [['help', '--bogus'], "unknown option '--bogus'"],
  [['help', 'generate', '--bogus'], "unknown option '--bogus'"],
];

describe('a wrong command line', () => {
  it.each(wrong)('%j exits 2 with one line on stderr and nothing on stdout', async (args, line) => {
    expect(await runHere(args)).toEqual({ code: 2, stdout: '', stderr: `error: ${line}\n` });
  });

  it('does the same in a process of its own', async () => {
    const ended = await spawnCli(['generate', '--top-p', '2']);
    expect(ended).toEqual({ code: 2, stdout: '', stderr: 'error: --top-p expected a number in (0, 1], got "2"\n' });
  });

  it('without a command prints the help on stderr and exits 2', async () => {
    const { code, stdout, stderr } = await spawnCli([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: mamba-ts \[options\] \[command\]\n/);
  });
});

describe('help and version', () => {
  it('--version prints that of package.json', async () => {
    expect(await spawnCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [['--help'], ['Usage: mamba-ts', 'generate', 'score', 'Examples:', 'Exit codes: 0 ok']],
    [
      ['generate', '--help'],
      ['Usage: mamba-ts generate', 'Examples:', '--repetition-penalty <p>', '(default: 256)'],
    ],
    [
      ['help', 'score'],
      ['Usage: mamba-ts score', 'Examples:', '--context <C>', '--stream'],
    ],
    [['help'], ['Usage: mamba-ts [options] [command]', 'generate', 'score', 'Examples:']],
    [
      ['help', '--help'],
      ['Usage: mamba-ts [options] [command]', 'generate', 'score', 'Examples:'],
    ],
    [
      ['help', 'help'],
      ['Usage: mamba-ts [options] [command]', 'generate', 'score', 'Examples:'],
    ],
  ])('%j prints options and examples on stdout and exits 0', async (args, parts) => {
    const { code, stdout, stderr } = await runHere(args);
    for (const part of parts) expect(stdout).toContain(part);
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('errors', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('show a stack trace only with MAMBA_TS_DEBUG=1', async () => {
    const args = ['generate', '--model', '/nowhere/at-all'];
    const line =
      'error: --model expected a folder, a .gguf file or an id on the hub (ORG/NAME), there is no "/nowhere/at-all"\n';
    expect((await runHere(args)).stderr).toBe(line);
    vi.stubEnv('MAMBA_TS_DEBUG', '1');
    expect((await runHere(args)).stderr).toMatch(/\n {4}at /);
  });

  it('say "error:" in red where colours are asked for, and not under NO_COLOR', async () => {
    const args = ['generate', '--seed', 'x'];
    const [red, plain] = await Promise.all([
      spawnCli(args, { env: { FORCE_COLOR: '1' } }),
      spawnCli(args, { env: { NO_COLOR: '1' } }),
    ]);
    expect(red.stderr).toContain('\u001b[31merror:\u001b[39m --seed');
    expect(plain.stderr).not.toContain('\u001b');
  });
});

describe('reportError', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([
    [new UsageError('a\nb'), 2, 'error: a b\n'],
    [new UnavailableError('a'), 69, 'error: a\n'],
    [new MismatchError('a'), 3, 'error: a\n'],
    [new InterruptedError(), 130, ''],
    [new Error('a'), 1, 'error: a\n'],
    ['thrown text', 1, 'error: thrown text\n'],
    // A name may hold what moves a cursor, sets colours, the title or the direction of the text.
    [new Error('a\u001b[2J\u0007\r\n\u009b1m\u202eb é😀'), 1, 'error: a\\u001b[2J\\u0007 \\u009b1m\\u202eb é😀\n'],
    [
      new CheckpointError({ file: `${cached}/model.safetensors` }, 'short'),
      1,
      `error: ${cached}/model.safetensors: short${cure}\n`,
    ],
    [new CheckpointError({ file: `${cached}/config.json` }, 'x'), 1, `error: ${cached}/config.json: x\n`],
    [new CheckpointError({ file: '/a/model.safetensors' }, 'x'), 1, 'error: /a/model.safetensors: x\n'],
    [Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), 0, ''],
    [Object.assign(new Error('disk full'), { code: 'ENOSPC' }), 1, 'error: disk full\n'],
    [new CommanderError(1, 'commander.unknownOption', 'said already'), 2, ''],
    [new CommanderError(0, 'commander.helpDisplayed', 'said already'), 0, ''],
  ])('maps %s to exit code %i', (error, code, line) => {
    const written: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    expect(reportError(error)).toBe(code);
    expect(written.join('')).toBe(line);
  });
});
