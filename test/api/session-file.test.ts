import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { SessionModel } from '../../src/api/session-file.node.ts';
import { loadSession, saveSession } from '../../src/api/session-file.node.ts';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { namedConfig } from '../../src/engine/named-shapes.ts';
import { randomWeights } from '../../src/engine/random-weights.ts';
import { zeroState } from '../../src/reference/mamba-model.ts';
import type { MambaConfig } from '../../src/reference/types.ts';

const folder = mkdtempSync(join(tmpdir(), 'mamba-ts-session-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'state');
const config: MambaConfig = { ...namedConfig('130m'), nLayer: 2, dModel: 4, dInner: 8, vocabSize: 9 };
const session = { ids: [1, 2, 3], read: 2, state: zeroState(config) };
const mine: SessionModel = { name: 'mine', config, fingerprint: '0123456789abcdef' };

test('a session comes back as it was, for the weights it is of', async () => {
  await saveSession(file, mine, session);
  expect(await loadSession(file, mine)).toEqual(session);
  expect(await loadSession(file, { ...mine, name: 'renamed' })).toEqual(session);
});

test('of other weights of the same config it is refused, and both are named', async () => {
  await saveSession(file, mine, session);
  const other = { ...mine, name: 'other', fingerprint: 'fedcba9876543210' };
  await expect(loadSession(file, other)).rejects.toThrow(
    new CheckpointError(
      { file },
      'expected a state of other (weights fedcba9876543210), got one of mine (weights 0123456789abcdef)',
    ),
  );
});

test('without a fingerprint, as older versions wrote it, or for a model without one, it is taken', async () => {
  await saveSession(file, { ...mine, fingerprint: undefined }, session);
  expect(await loadSession(file, mine)).toEqual(session);
  await saveSession(file, mine, session);
  expect(await loadSession(file, { ...mine, fingerprint: undefined })).toEqual(session);
});

test('random weights are told by their shape and their seed', () => {
  const prints = [
    ...[1, 2].map((seed) => randomWeights(config, seed).fingerprint),
    randomWeights({ ...config, nLayer: 3 }).fingerprint,
    randomWeights(config).fingerprint,
  ];
  expect(prints[0]).toBe(prints[3]);
  expect(new Set(prints).size).toBe(3);
});
