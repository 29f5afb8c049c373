import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runHere, spawnCli } from './run-cli.ts';

const text = 'GLOUCESTER:\nThe day is ours, the bloody dog is dead.\n';
let folder: string;
const file = (name: string) => join(folder, name);

beforeEach(() => {
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', '1');
});
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mamba-ts-'));
  await writeFile(file('text'), text);
  await writeFile(file('long'), text.repeat(200));
  await writeFile(file('empty'), '');
  await writeFile(file('one'), 'a');
  await writeFile(file('binary'), Uint8Array.of(0x61, 0xff, 0xfe));
});
afterAll(() => rm(folder, { recursive: true }));

async function scoreOf(...flags: string[]) {
  const { code, stdout, stderr } = await runHere(['score', file('text'), '--json', ...flags]);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

describe('mamba-ts score', () => {
  it('does in a process of its own what it does here', async () => {
    const args = ['score', file('text'), '--json'];
    expect(await spawnCli(args)).toEqual(await runHere(args));
  });

  it('refuses a window length for a text read as one', async () => {
    const { code, stderr } = await runHere(['score', file('text'), '--stream', '--context', '5']);
    expect(code).toBe(2);
    expect(stderr).toContain("'--stream' cannot be used with option '--context <C>'");
  });

  it('--json prints one object with exactly the keys of the contract, which agree with each other', async () => {
    const score = await scoreOf();
    expect(Object.keys(score)).toEqual([
      ...['bytes', 'predictedTokens', 'lossNatsPerToken', 'lossNatsPerByte', 'perplexity', 'bitsPerByte'],
    ]);
    expect([score.bytes, score.predictedTokens]).toEqual([text.length, text.length - 1]);
    // English verse the model has never seen costs it some 1.5 nats a byte; 256 equal guesses would cost 5.5.
    expect(score.lossNatsPerToken).toBeGreaterThan(0.5);
    expect(score.lossNatsPerToken).toBeLessThan(2.5);
    expect(score.perplexity).toBe(Math.exp(score.lossNatsPerToken));
    expect(score.bitsPerByte).toBe(score.lossNatsPerByte / Math.LN2);
  });

  it('has a context of 256, and a stream is one window as long as the text', async () => {
    const normal = await scoreOf();
    const context256 = await scoreOf('--context', '256');
    const context10 = await scoreOf('--context', '10');
    const stream = await scoreOf('--stream');
    const zoh = await scoreOf('--discretization', 'zoh');
    expect(context256).toEqual(normal);
    expect(context10.lossNatsPerToken).toBeGreaterThan(normal.lossNatsPerToken);
    // The same terms in the same order, summed the same way.
    expect(stream).toEqual(normal);
    expect(zoh.lossNatsPerToken).not.toBe(normal.lossNatsPerToken);
  });

  it('prints a table for people', async () => {
    const { code, stdout, stderr } = await runHere(['score', file('text')]);
    expect([code, stderr]).toEqual([0, '']);
    const names = stdout.split('\n').map((line) => line.slice(0, 20).trim());
    expect(names).toEqual([
      ...[
        'bytes',
        'predicted tokens',
        'loss, nats per token',
        'loss, nats per byte',
        'perplexity',
        'bits per byte',
        '',
      ],
    ]);
    expect(stdout).toMatch(/^bytes +53\npredicted tokens +52\n/);
  });

  it.each([
    ['missing', (path: string) => `cannot read "${path}": no such file`],
    ['.', (path: string) => `cannot read "${path}": it is a folder`],
    ['empty', (path: string) => `cannot use "${path}": the file is empty`],
    ['one', (path: string) => `cannot use "${path}": "text" expected at least 2 tokens, got 1`],
    ['binary', (path: string) => `cannot use "${path}": expected UTF-8 text`],
  ])('a file that is %s exits 1 with one line', async (name, line) => {
    const result = await runHere(['score', file(name), '--json']);
    expect(result).toEqual({ code: 1, stdout: '', stderr: `error: ${line(file(name))}\n` });
  });

  it('stopped by Ctrl-C prints no result and exits 130', async () => {
    expect(await runHere(['score', file('long')], { ctrlCAfter: 50 })).toEqual({ code: 130, stdout: '', stderr: '' });
  });
});
