import { cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runHere } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'mamba-ts-session-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'text.state');
const greedy = ['--temperature', '0', '--seed', '1'];

describe('--save-state and --load-state', () => {
  it.each(['wasm', 'reference'])('on %s a text goes on as if it had never been interrupted', async (backend) => {
    const flags = [...greedy, '--backend', backend];
    const whole = await runHere(['generate', '--max-tokens', '12', ...flags]);
    const first = await runHere(['generate', '--max-tokens', '5', '--save-state', file, ...flags]);
    const rest = await runHere(['generate', '--max-tokens', '7', '--load-state', file, ...flags]);
    expect(first.stdout.slice(0, -1) + rest.stdout).toBe(whole.stdout);
  });

  it('a prompt comes behind what was kept', async () => {
    await runHere(['generate', '--max-tokens', '0', '--prompt', 'ROM', '--save-state', file, ...greedy]);
    const rest = await runHere(['generate', '--max-tokens', '6', '--prompt', 'EO:', '--load-state', file, ...greedy]);
    const whole = await runHere(['generate', '--max-tokens', '6', '--prompt', 'ROMEO:', ...greedy]);
    expect(`ROM${rest.stdout}`).toBe(whole.stdout);
    expect(readdirSync(folder)).toEqual(['text.state']);
  });

  it('a link is followed, and stays one', async () => {
    const link = join(folder, 'link');
    symlinkSync(file, link);
    await runHere(['generate', '--max-tokens', '2', '--prompt', 'X', '--save-state', link, ...greedy]);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    const rest = await runHere(['generate', '--max-tokens', '2', '--load-state', file, ...greedy]);
    const whole = await runHere(['generate', '--max-tokens', '4', '--prompt', 'X', ...greedy]);
    expect(whole.stdout.endsWith(rest.stdout)).toBe(true);
    rmSync(link);
  });

  it('of other weights of the same shape is refused, whatever the dtype; of the same weights it is taken', async () => {
    const model = join(folder, 'finetuned');
    cpSync(fileURLToPath(new URL('../../models/tiny-shakespeare', import.meta.url)), model, { recursive: true });
    const renamed = ['--model', model, '--dtype', 'bf16'];
    await runHere(['generate', '--max-tokens', '2', '--prompt', 'X', '--save-state', file, ...greedy]);
    expect((await runHere(['generate', '--max-tokens', '2', '--load-state', file, ...renamed])).code).toBe(0);
    const weights = readFileSync(join(model, 'model.safetensors'));
    weights[weights.length - 1]! ^= 1;
    writeFileSync(join(model, 'model.safetensors'), weights);
    const { code, stdout, stderr } = await runHere(['generate', '--load-state', file, ...renamed]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /: expected a state of finetuned \(weights [0-9a-f]{16}\), got one of tiny-shakespeare \(weights [0-9a-f]{16}\)\n$/,
    );
    rmSync(model, { recursive: true });
  });

  it('a file that is none, or of another model, is refused by name, and by the flag that gave it', async () => {
    const other = join(folder, 'other');
    writeFileSync(other, 'hello, this is text');
    const text = await runHere(['generate', '--load-state', other]);
    expect([text.code, text.stdout]).toEqual([1, '']);
    expect(text.stderr).toContain(`error: --load-state ${other}: `);
    const missing = await runHere(['generate', '--load-state', join(folder, 'nowhere')]);
    expect(missing.stderr).toBe(`error: --load-state ${join(folder, 'nowhere')}: no such file; check the path\n`);
    const unwritable = await runHere(['generate', '--max-tokens', '1', '--save-state', '/nowhere/x', ...greedy]);
    expect(unwritable).toEqual({
      ...{ code: 1, stdout: '', stderr: 'error: /nowhere/x: expected a folder to put it into, got none\n' },
    });
    const device = await runHere(['generate', '--max-tokens', '1', '--save-state', '/dev/null', ...greedy]);
    expect([device.code, device.stdout]).toEqual([1, '']);
    expect(device.stderr).toContain('/dev/null: expected a file or nothing there, got a folder or a device');
  });
});

describe('--stop, --logprobs', () => {
  it('ends before the first of the stop strings and says so', async () => {
    const flags = ['generate', '--json', '--max-tokens', '40', ...greedy];
    const whole = JSON.parse((await runHere(flags)).stdout);
    const stopped = JSON.parse((await runHere([...flags, '--stop', 'nowhere', '--stop', 'stay'])).stdout);
    expect(stopped.finishReason).toBe('stop');
    expect(stopped.text).toBe(whole.text.slice(0, whole.text.indexOf('stay')));
  });

  it('names each token’s probability and the likeliest ones; a greedy token is the likeliest', async () => {
    const flags = ['generate', '--json', '--max-tokens', '4', '--logprobs', '2', ...greedy];
    const { tokens, logprobs } = JSON.parse((await runHere(flags)).stdout);
    expect(logprobs.map((entry: { id: number }) => entry.id)).toEqual(tokens);
    for (const { id, logprob, top } of logprobs) {
      expect(top.length).toBe(2);
      expect(top[0]).toEqual({ id, logprob });
      expect(logprob).toBeLessThanOrEqual(0);
    }
  });
});
