import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ended, runCli, startCli } from './run-cli.ts';

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
  it.concurrent('prints prompt, continuation and a newline; the speed goes to stderr', async () => {
    const { code, stdout, stderr } = await runCli([...short, '--seed', '5', '--prompt', 'KING']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^KING[^]+\n$/);
    expect(Buffer.byteLength(stdout)).toBe(4 + 8 + 1);
    expect(stderr).toMatch(speed);
  });

  it.concurrent('--json prints one object with exactly the keys of the contract, and the same text', async () => {
    const args = [...short, '--seed', '5', '--prompt', 'KING'];
    const [plain, json] = await Promise.all([runCli(args), runCli([...args, '--json'])]);
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
      ...{ backend: 'reference', device: 'javascript, 1 thread', dtype: 'f64' },
    });
    expect(result.tokens.length).toBe(8);
    expect(Buffer.from(result.tokens).toString()).toBe(result.text);
    expect(plain.stdout).toBe(`KING${result.text}\n`);
    expect(result.prefillTokensPerSecond).toBeGreaterThan(0);
    expect(result.decodeTokensPerSecond).toBeGreaterThan(0);
  });

  it.concurrent('says null of a rate that is undefined', async () => {
    const one = JSON.parse((await runCli(['generate', '--max-tokens', '1', '--json'])).stdout);
    expect(one.decodeTokensPerSecond).toBe(null);
    const none = await runCli(['generate', '--max-tokens', '0', '--json', '--seed', '1']);
    expect(JSON.parse(none.stdout)).toMatchObject({
      ...{ text: '', tokens: [], prefillTokensPerSecond: null, decodeTokensPerSecond: null, finishReason: 'length' },
    });
  });

  it.concurrent('of no tokens prints the prompt and a newline', async () => {
    const result = await runCli(['generate', '--max-tokens', '0', '--prompt', 'a b', '--seed', '1']);
    expect(result.stdout).toBe('a b\n');
    expect(result.stderr).toBe('prompt 3 tokens, – tokens/s · generated 0 tokens, – tokens/s\n');
  });

  it.concurrent('chooses a random seed and prints it, so that the run can be repeated', async () => {
    const [first, other] = await Promise.all([runCli(short), runCli(short)]);
    const seed = /^seed (\d+)\n/.exec(first.stderr)?.[1];
    expect(Number(seed)).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
    expect(other.stderr).not.toContain(`seed ${seed}\n`);
    expect((await runCli([...short, '--seed', seed!])).stdout).toBe(first.stdout);
  });

  it.concurrent('gives other text for another seed, and at temperature 0 the same for any', async () => {
    const text = async (...flags: string[]) => (await runCli(['generate', '--max-tokens', '24', ...flags])).stdout;
    const [one, two, three, four] = await Promise.all([
      text('--seed', '1'),
      text('--seed', '2'),
      text('--seed', '1', '--temperature', '0'),
      text('--seed', '2', '--temperature', '0'),
    ]);
    expect(one).not.toBe(two);
    expect(three).toBe('ROMEO:\nI will not stay the sta\n'); // the golden continuation
    expect(four).toBe(three);
  });

  it.concurrent('--prompt - reads stdin, without one newline at its end', async () => {
    const prompt = async (stdin: string) =>
      JSON.parse((await runCli(['generate', '--max-tokens', '0', '--json', '--prompt', '-'], { stdin })).stdout).prompt;
    expect(await prompt('First\n Citizen:\n')).toBe('First\n Citizen:');
    expect(await prompt('a\n\n')).toBe('a\n');
    expect(await prompt('a\r\n')).toBe('a');
    expect(await prompt('\uFEFFé ')).toBe('\uFEFFé ');
  });

  it.concurrent('refuses a stdin that is empty (2) or not UTF-8 (1)', async () => {
    const args = ['generate', '--prompt', '-', '--seed', '1'];
    const empty = await runCli(args, { stdin: '\n' });
    expect(empty.stderr).toContain('error: --prompt expected at least one token');
    expect(empty.code).toBe(2);
    const broken = await runCli(args, { stdin: Uint8Array.of(0x61, 0xff) });
    expect(broken).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: cannot use the prompt on standard input: expected UTF-8 text\n',
    });
  });

  it.concurrent('passes every flag of sampling on: top-k 1 and tiny top-p are greedy, penalty and zoh are not', async () => {
    const tokens = async (...flags: string[]): Promise<number[]> =>
      JSON.parse((await runCli(['generate', '--max-tokens', '40', '--seed', '1', '--json', ...flags])).stdout).tokens;
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
  it.concurrent('by Ctrl-C between tokens ends with a newline and exit code 130', async () => {
    const child = startCli(['generate', '--max-tokens', '1000000', '--seed', '1']);
    const end = ended(child);
    await printed(child, 'ROMEO:'.length + 5);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^ROMEO:[^]+\n$/);
    expect(stderr).toBe('');
  });

  it.concurrent('by Ctrl-C within a long prompt exits 130 soon', async () => {
    const child = startCli(['generate', '--prompt', 'To be, or not to be. '.repeat(5000), '--json']);
    const end = ended(child);
    // The seed is printed when the model is loaded, just before the prompt is read.
    await new Promise((resolve) => child.stderr.once('data', resolve));
    setTimeout(() => child.kill('SIGINT'), 300);
    const { code, stdout, stderr } = await end;
    expect(code).toBe(130);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^seed \d+\n$/);
  });

  it.concurrent('by Ctrl-C while it waits for stdin exits 130', async () => {
    const child = startCli(['generate', '--prompt', '-']);
    const end = ended(child);
    setTimeout(() => child.kill('SIGINT'), 2500);
    const { code, stdout, stderr } = await end;
    expect([code, stdout, stderr]).toEqual([130, '', '']);
  });

  it.concurrent('by a reader that goes away (| head) ends quietly', async () => {
    const child = startCli(['generate', '--max-tokens', '1000000', '--seed', '1']);
    const end = ended(child);
    await printed(child, 10);
    child.stdout.destroy();
    const { code, stderr } = await end;
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('mamba-ts generate --model', () => {
  it.concurrent('takes a folder', async () => {
    const result = await runCli([...short, '--seed', '5', '--model', 'models/tiny-shakespeare']);
    expect(result.stdout).toBe((await runCli([...short, '--seed', '5'])).stdout);
  });

  it.concurrent.each([
    ['nobody/nothing', 'there is no "nobody/nothing", and downloads from the hub are not in this version'],
    ['./nobody/nothing', 'there is no "./nobody/nothing"'],
    ['../nothing', 'there is no "../nothing"'],
    ['nothing', 'there is no "nothing"'],
    ['package.json', 'got the file "package.json"'],
  ])('%s is refused in one line', async (model, line) => {
    const result = await runCli(['generate', '--model', model]);
    expect(result).toEqual({ code: 1, stdout: '', stderr: `error: --model expected a folder, ${line}\n` });
  });

  it.concurrent('that holds no checkpoint, or a broken one, is refused in one line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mamba-ts-'));
    try {
      const empty = await runCli(['generate', '--model', folder]);
      expect([empty.code, empty.stdout]).toEqual([1, '']);
      expect(empty.stderr).toMatch(/^error: [^\n]*config\.json[^\n]*\n$/);
      await writeFile(join(folder, 'config.json'), '{');
      await writeFile(join(folder, 'model.safetensors'), 'no');
      await writeFile(join(folder, 'tokenizer.json'), '{}');
      const broken = await runCli(['generate', '--model', folder]);
      expect([broken.code, broken.stdout]).toEqual([1, '']);
      expect(broken.stderr).toMatch(/^error: [^\n]*config\.json[^\n]*\n$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
