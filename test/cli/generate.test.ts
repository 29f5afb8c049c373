import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ended, runHere, spawnCli, startCli } from './run-cli.ts';

beforeEach(() => {
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', '1');
});

const short = ['generate', '--max-tokens', '8'];
const speed = /^prompt \d+ tokens, (\d+\.\d|–) tokens\/s · generated \d+ tokens, (\d+\.\d|–) tokens\/s\n$/;

/** Resolves when the child has printed more than `bytes` bytes. */
function printed(child: ReturnType<typeof startCli>, bytes: number): Promise<void> {
  let count = 0;
  return new Promise((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      count += chunk.length;
      if (count > bytes) resolve();
    });
  });
}

describe('mamba-ts generate', () => {
  it('prints prompt, continuation and a newline; the speed goes to stderr', async () => {
    const { code, stdout, stderr } = await spawnCli([...short, '--seed', '5', '--prompt', 'KING']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^KING[\s\S]+\n$/);
    expect(Buffer.byteLength(stdout)).toBe(4 + 8 + 1);
    expect(stderr).toMatch(speed);
  });

  it('--json prints one object with exactly the keys of the contract, and the same text', async () => {
    const args = [...short, '--seed', '5', '--prompt', 'KING'];
    const plain = await runHere(args);
    const json = await spawnCli([...args, '--json']);
    expect(json.code).toBe(0);
    expect(json.stderr).toBe('');
    expect(json.stdout.endsWith('}\n')).toBe(true);
    const result = JSON.parse(json.stdout);
    expect(Object.keys(result)).toEqual([
      ...['prompt', 'text', 'tokens', 'promptTokens', 'finishReason', 'seed', 'backend', 'device', 'dtype'],
      ...['prefillTokensPerSecond', 'decodeTokensPerSecond'],
    ]);
    expect(result).toMatchObject({
      ...{ prompt: 'KING', promptTokens: 4, finishReason: 'length', seed: 5 },
      ...{ backend: 'wasm', dtype: 'f32' },
    });
    expect(result.device).toMatch(/^(simd|relaxed)/);
    expect(result.tokens.length).toBe(8);
    expect(Buffer.from(result.tokens).toString()).toBe(result.text);
    expect(plain.stdout).toBe(`KING${result.text}\n`);
    expect(result.prefillTokensPerSecond).toBeGreaterThan(0);
    expect(result.decodeTokensPerSecond).toBeGreaterThan(0);
  });

  it('says null of a rate that is undefined', async () => {
    const one = JSON.parse((await runHere(['generate', '--max-tokens', '1', '--json'])).stdout);
    expect(one.decodeTokensPerSecond).toBe(null);
    const none = await runHere(['generate', '--max-tokens', '0', '--json', '--seed', '1']);
    expect(JSON.parse(none.stdout)).toMatchObject({
      ...{ text: '', tokens: [], prefillTokensPerSecond: null, decodeTokensPerSecond: null, finishReason: 'length' },
    });
  });

  it('of no tokens prints the prompt and a newline', async () => {
    const result = await runHere(['generate', '--max-tokens', '0', '--prompt', 'a b', '--seed', '1']);
    expect(result.stdout).toBe('a b\n');
    expect(result.stderr).toBe('prompt 3 tokens, – tokens/s · generated 0 tokens, – tokens/s\n');
  });

  it('chooses a random seed and prints it, so that the run can be repeated', async () => {
    const first = await runHere(short);
    const other = await runHere(short);
    const seed = /^seed (\d+)\n/.exec(first.stderr)?.[1];
    expect(Number(seed)).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
    expect(other.stderr).not.toContain(`seed ${seed}\n`);
    expect((await runHere([...short, '--seed', seed!])).stdout).toBe(first.stdout);
  });

  it('gives other text for another seed, and at temperature 0 the same for any', async () => {
    const text = async (...flags: string[]) => (await runHere(['generate', '--max-tokens', '24', ...flags])).stdout;
    const [one, two] = [await text('--seed', '1'), await text('--seed', '2')];
    const three = await text('--seed', '1', '--temperature', '0');
    const four = await text('--seed', '2', '--temperature', '0');
    expect(one).not.toBe(two);
    expect(three).toBe('ROMEO:\nI will not stay the sta\n'); // the golden continuation
    expect(four).toBe(three);
  });

  it('--prompt - reads stdin, without one newline at its end', async () => {
    const args = ['generate', '--max-tokens', '0', '--json', '--prompt', '-'];
    const prompts = ['First\n Citizen:\n', 'a\n\n', 'a\r\n', '\uFEFFé '].map(async (stdin) => {
      return JSON.parse((await spawnCli(args, { stdin })).stdout).prompt;
    });
    expect(await Promise.all(prompts)).toEqual(['First\n Citizen:', 'a\n', 'a', '\uFEFFé ']);
  });

  it('refuses a stdin that is empty (2) or not UTF-8 (1)', async () => {
    const args = ['generate', '--prompt', '-', '--seed', '1'];
    const empty = await spawnCli(args, { stdin: '\n' });
    expect(empty.stderr).toContain('error: --prompt expected at least one token');
    expect(empty.code).toBe(2);
    const broken = await spawnCli(args, { stdin: Uint8Array.of(0x61, 0xff) });
    expect(broken).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: cannot use the prompt on standard input: expected UTF-8 text\n',
    });
  });

  it('passes every flag of sampling on: top-k 1 and tiny top-p are greedy, penalty and zoh are not', async () => {
    const tokens = async (...flags: string[]): Promise<number[]> =>
      JSON.parse((await runHere(['generate', '--max-tokens', '20', '--seed', '1', '--json', ...flags])).stdout).tokens;
    const greedy = await tokens('--temperature', '0');
    expect(await tokens('--top-k', '1')).toEqual(greedy);
    expect(await tokens('--top-p', '1e-9')).toEqual(greedy);
    expect(await tokens('--min-p', '1')).toEqual(greedy);
    expect(await tokens('--temperature', '0', '--discretization', 'mamba')).toEqual(greedy);
    expect(await tokens('--temperature', '0', '--repetition-penalty', '1.2')).not.toEqual(greedy);
    expect(await tokens('--temperature', '0', '--discretization', 'zoh')).not.toEqual(greedy);
  });
});

describe('mamba-ts generate, stopped', () => {
  it('by Ctrl-C between tokens ends with a newline and exit code 130', async () => {
    const child = startCli(['generate', '--max-tokens', '1000000', '--seed', '1']);
    const end = ended(child);
    await printed(child, 'ROMEO:'.length + 5);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^ROMEO:[\s\S]+\n$/);
    expect(stderr).toBe('');
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'by %s between tokens ends as by Ctrl-C, with exit code %i, and keeps the state',
    async (signal, exit) => {
      const folder = await mkdtemp(join(tmpdir(), 'mamba-ts-'));
      try {
        const state = join(folder, 'state');
        const child = startCli(['generate', '--max-tokens', '1000000', '--seed', '1', '--save-state', state]);
        const end = ended(child);
        await printed(child, 'ROMEO:'.length + 5);
        child.kill(signal);
        const { code, stdout, stderr } = await end;
        expect([code, stderr]).toEqual([exit, '']);
        expect(stdout).toMatch(/^ROMEO:[\s\S]+\n$/);
        expect(await readdir(folder)).toEqual(['state']);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it('by Ctrl-C within a long prompt exits 130, and shows the prompt alone', async () => {
    const prompt = 'To be, or not to be. '.repeat(5000);
    const args = ['generate', '--seed', '1', '--prompt', prompt];
    const { isTTY } = process.stderr;
    process.stderr.isTTY = true; // somebody watches the bar, and presses when the first tokens are read
    const onNote = (part: string, pressCtrlC: () => void) => part.includes('prompt ') && pressCtrlC();
    const { code, stdout, stderr } = await runHere(args, { onNote }).finally(() => {
      process.stderr.isTTY = isTTY;
    });
    expect([code, stdout]).toEqual([130, `${prompt}\n`]);
    expect(stderr.endsWith('\r\u001b[K')).toBe(true); // the bar is taken away, and nothing comes after it
  });

  it('by Ctrl-C while it waits for stdin exits 130', async () => {
    const child = startCli(['generate', '--prompt', '-']);
    const end = ended(child);
    // A megabyte does not fit into a pipe: once it is gone, the program is reading.
    await new Promise((resolve) => child.stdin.write('x'.repeat(1 << 20), resolve));
    child.kill('SIGINT');
    expect(await end).toEqual({ code: 130, stdout: '', stderr: '' });
  });

  it('by Ctrl-C prints no JSON', async () => {
    const args = ['generate', '--max-tokens', '1000000', '--seed', '1', '--json'];
    expect(await runHere(args, { ctrlCAfter: 200 })).toEqual({ code: 130, stdout: '', stderr: '' });
  });

  it('by Ctrl-C shows what was held back, and the newline comes last', async () => {
    const args = ['generate', '--max-tokens', '1000000', '--seed', '1'];
    let parts = 0;
    const onResult = (_: string, pressCtrlC: () => void) => {
      if (++parts === 4) pressCtrlC();
    };
    const { code, stdout } = await runHere(args, { onResult });
    expect([code, stdout.length]).toEqual([130, 'ROMEO:'.length + 3 + 1]);
    expect(stdout.at(-1)).toBe('\n');
  });

  it('by a write that fails for another reason than a closed pipe exits 1', async () => {
    const onResult = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    const { code, stderr } = await runHere([...short, '--seed', '1'], { onResult });
    expect([code, stderr]).toEqual([1, 'error: ENOSPC: no space left on device, write\n']);
  });

  it('by a reader that goes away (| head) ends quietly', async () => {
    const child = startCli(['generate', '--max-tokens', '1000000', '--seed', '1']);
    const end = ended(child);
    await printed(child, 10);
    child.stdout.destroy();
    const { code, stderr } = await end;
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('mamba-ts generate --model', () => {
  it('takes a folder', async () => {
    const result = await runHere([...short, '--seed', '5', '--model', 'models/tiny-shakespeare']);
    expect(result.stdout).toBe((await runHere([...short, '--seed', '5'])).stdout);
  });

  it.each([
    ['./nobody/nothing', 'a folder, a .gguf file or an id on the hub (ORG/NAME), there is no "./nobody/nothing"'],
    ['../nothing', 'a folder, a .gguf file or an id on the hub (ORG/NAME), there is no "../nothing"'],
    ['nothing', 'a folder, a .gguf file or an id on the hub (ORG/NAME), there is no "nothing"'],
    ['package.json', 'a folder or a .gguf file, got the file "package.json"'],
  ])('%s is refused in one line', async (model, line) => {
    const result = await runHere(['generate', '--model', model]);
    expect(result).toEqual({ code: 1, stdout: '', stderr: `error: --model expected ${line}\n` });
  });

  it('that holds no checkpoint, or a broken one, is refused in one line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mamba-ts-'));
    try {
      const empty = await runHere(['generate', '--model', folder]);
      expect([empty.code, empty.stdout]).toEqual([1, '']);
      expect(empty.stderr).toMatch(/^error: [^\n]*config\.json[^\n]*\n$/);
      await writeFile(join(folder, 'config.json'), '{');
      await writeFile(join(folder, 'model.safetensors'), 'no');
      await writeFile(join(folder, 'tokenizer.json'), '{}');
      const broken = await runHere(['generate', '--model', folder]);
      expect([broken.code, broken.stdout]).toEqual([1, '']);
      expect(broken.stderr).toMatch(/^error: [^\n]*config\.json[^\n]*\n$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
