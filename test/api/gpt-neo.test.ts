/**
 * A GPT-Neo from a folder: the same text and the same numbers from every format and on both backends.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { load } from '../../src/api/load.node.ts';
import { loadHeadless } from '../../src/api/load-headless.node.ts';
import { loadSession, saveSession } from '../../src/api/session-file.node.ts';
import { convertModel } from '../../src/checkpoint/convert.node.ts';
import { loadFolder } from '../../src/checkpoint/load-folder.node.ts';
import { OutOfContextError } from '../../src/engine/errors.ts';
import type { Generation } from '../../src/generation/generate.ts';
import type { FolderFormat } from '../gpt-neo-folder.ts';
import { folderConfig, writeGptNeoFolder } from '../gpt-neo-folder.ts';

const formats: readonly FolderFormat[] = ['safetensors', 'shards', 'bin'];
const folders = new Map<FolderFormat, string>();
const scratch = mkdtempSync(join(tmpdir(), 'mamba-ts-gpt-neo-state-'));
beforeAll(async () => {
  for (const format of formats) folders.set(format, await writeGptNeoFolder(format));
});
afterAll(() => {
  for (const folder of [...folders.values(), scratch]) rmSync(folder, { recursive: true });
});

type Options = NonNullable<Parameters<typeof load>[1]>;

async function write(options: Options, format: FolderFormat = 'safetensors'): Promise<Generation> {
  const model = await load(folders.get(format), {
    threads: options.backend === 'reference' ? undefined : 1,
    ...options,
  });
  expect(model.config).toEqual(folderConfig);
  const pieces = model.generate('ROMEO:', { maxTokens: 30, sampling: { temperature: 0 } });
  let step = await pieces.next();
  while (!step.done) step = await pieces.next();
  model.dispose();
  return step.value;
}

test.each(formats)('the same text from %s, with either attention, and from the reference', async (format) => {
  const expected = (await write({ backend: 'reference' })).text;
  expect(new Set(expected).size).toBeGreaterThan(5);
  for (const attention of ['eager', 'flash'] as const) {
    expect((await write({ attention }, format)).text).toBe(expected);
    expect((await write({ backend: 'reference', attention }, format)).text).toBe(expected);
  }
});

test('fingerprints do not depend on the format', async () => {
  const prints: (string | undefined)[] = [];
  for (const format of formats) {
    const model = await load(folders.get(format), { threads: 1 });
    prints.push(model.fingerprint);
    model.dispose();
  }
  expect(new Set(prints).size).toBe(1);
  expect(prints[0]).toMatch(/^[0-9a-f]{16}$/);
});

test('scores are the reference’s within 1e-5 nats', async () => {
  const text = 'But, soft! what light through yonder window breaks? It is the east, and Juliet is the sun.';
  const [fast, right] = [
    await load(folders.get('bin'), { attention: 'flash' }),
    await load(folders.get('bin'), { backend: 'reference' }),
  ];
  const [found, expected] = [await fast.score(text, { context: 40 }), await right.score(text, { context: 40 })];
  expect(found.predictedTokens).toBe(expected.predictedTokens);
  expect(Math.abs(found.lossNatsPerToken - expected.lossNatsPerToken)).toBeLessThanOrEqual(1e-5);
  fast.dispose();
});

test('a session goes through a file, to another backend too', async () => {
  const file = join(scratch, 'state');
  const first = await load(folders.get('shards'), { threads: 1 });
  const pieces = first.generate('ROMEO:', { maxTokens: 7, sampling: { temperature: 0 } });
  let step = await pieces.next();
  while (!step.done) step = await pieces.next();
  await saveSession(file, first, await first.snapshot(step.value));
  first.dispose();
  for (const backend of ['wasm', 'reference'] as const) {
    const model = await load(folders.get('bin'), { backend });
    const session = await loadSession(file, model);
    const rest = model.generate('', { maxTokens: 23, sampling: { temperature: 0 }, session });
    let next = await rest.next();
    while (!next.done) next = await rest.next();
    expect(step.value.text + next.value.text).toBe((await write({})).text);
    model.dispose();
  }
});

test('a text beyond the positions is out of context, by name', async () => {
  const model = await load(folders.get('bin'), { threads: 1, positions: 20 });
  await expect(model.model.prefill(new Array(21).fill(1))).rejects.toThrow(OutOfContextError);
  await expect(model.model.prefill(new Array(21).fill(1))).rejects.toThrow(
    'out of context: expected at most 20 tokens in all (the context), got 0 read + 21 more',
  );
  const pieces = model.generate('abc', { maxTokens: 50, sampling: { temperature: 0 }, eosTokenIds: [] });
  let next = await pieces.next();
  while (!next.done) next = await pieces.next();
  expect(next.value).toMatchObject({ finishReason: 'length', read: 20 });
  model.dispose();
});

test('what only Mamba has is refused in a sentence', async () => {
  const folder = folders.get('bin')!;
  const only = (what: string) => `expected a Mamba, the only kind of model that ${what}, got a GPT-Neo`;
  await expect(load(folder, { discretization: 'zoh' })).rejects.toThrow(
    '"discretization" expected nothing with a GPT-Neo, got "zoh"',
  );
  await expect(load(undefined, { attention: 'flash' })).rejects.toThrow(
    '"attention" expected nothing with a Mamba, got "flash"',
  );
  await expect(load(folder, { attention: 'sdpa' as 'flash' })).rejects.toThrow(
    '"attention" expected eager, flash, got "sdpa"',
  );
  await expect(loadHeadless(folder)).rejects.toThrow(only('runs on GPUs'));
  await expect(convertModel(folder, join(scratch, 'converted'))).rejects.toThrow(only('is converted'));
  await expect(loadFolder(folder)).rejects.toThrow(only('has weights of this type'));
});
