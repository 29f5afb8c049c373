/**
 * Models for the fake hub: small files with the names of real ones, bytes from a seeded generator.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubOptions } from '../../src/hub/index.node.ts';
import type { FakeHub, HubFile, HubModel, Way } from './fake-hub.ts';
import { gitSha1, sha256 } from './fake-hub.ts';

export const commitA = 'a'.repeat(40);
export const commitB = 'b'.repeat(40);

/** So many bytes that no short run of repeats itself. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = seed >>> 0 || 1; i < length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

export function file(content: string | Uint8Array, way: Way = 'direct'): HubFile {
  return { bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content, way };
}

export function model(files: Readonly<Record<string, HubFile>>, commit = commitA): HubModel {
  return { commit, files: new Map(Object.entries(files)) };
}

/** A model as most are: one file of weights in the store, the rest beside it. */
export function usualModel(weightBytes: number, commit = commitA): HubModel {
  return model(
    {
      'README.md': file('# not needed'),
      'config.json': file('{"model_type": "mamba"}'),
      'generation_config.json': file('{}'),
      'tokenizer.json': file('{"version": "1.0"}', 'relayed'),
      'tokenizer_config.json': file(''),
      'model.safetensors': file(noise(weightBytes), 'store'),
      'pytorch_model.bin': file(noise(weightBytes, 2), 'store'),
    },
    commit,
  );
}

/** An impatient pull from this hub into this cache. */
export function impatient(hub: FakeHub, cache: string): HubOptions {
  return {
    settings: { endpoint: hub.endpoint, cache, token: 'hf_secret', offline: false },
    timing: { backoffMs: 1, longestWaitMs: 20, retries: 3, stallMs: 2000, lockBeatMs: 20, lockStaleMs: 20_000 },
  };
}

/** In memory where there is such a folder: what these tests wait for is mostly the disk. */
const temporary = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export async function emptyFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(temporary, 'mamba-ts-hub-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Files with a final name whose bytes are not those of their name: there must never be any. */
export async function wrongBlobs(cache: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of await readdir(cache, { recursive: true }).catch(() => [])) {
    const match = /blobs[/\\]([0-9a-f]+)$/.exec(name);
    if (match === null) continue;
    const bytes = await readFile(join(cache, name));
    const right = match[1]!.length === 64 ? sha256(bytes) : gitSha1(bytes);
    if (right !== match[1]) wrong.push(name);
  }
  return wrong;
}
