/**
 * The network breaks in every way there is a name for. Each time: the model is there and right, or there is a HubError
 * and nothing bad has a final name.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HubOptions } from '../../src/hub/index.node.ts';
import { HubError, pullModel } from '../../src/hub/index.node.ts';
import type { Seen } from './fake-hub.ts';
import { FakeHub } from './fake-hub.ts';
import { emptyFolder, file, impatient, model, noise, wrongBlobs } from './fake-models.ts';
import type { Fault } from './faults.ts';

const id = 'org/small';
const weights = noise(300_000);
let hub: FakeHub;

beforeAll(async () => {
  hub = await FakeHub.start();
  const small = { 'config.json': file('{}'), 'tokenizer.json': file(noise(3000), 'relayed') };
  hub.models.set(id, model({ ...small, 'model.safetensors': file(weights, 'store') }));
});
afterAll(() => hub.stop());

interface Ended {
  readonly error: unknown;
  readonly requests: number;
}

/** Pulls into an empty cache with these faults, and looks at what is there afterwards. */
async function pullWith(fault: (request: Seen) => Fault | undefined, more: Partial<HubOptions> = {}): Promise<Ended> {
  const folder = await emptyFolder();
  hub.fault = fault;
  hub.seen.length = 0;
  try {
    const options = { ...impatient(hub, folder.path), ...more };
    const error = await pullModel(id, options).then(
      async ({ folder }) => {
        expect((await readFile(join(folder, 'model.safetensors'))).equals(weights)).toBe(true);
      },
      (reason: unknown) => reason,
    );
    expect(await wrongBlobs(folder.path)).toEqual([]);
    // Whatever the faults were, the next pull of a healthy hub goes on with what they left.
    hub.fault = () => undefined;
    const requests = hub.bodies().length;
    await pullModel(id, options);
    expect(await wrongBlobs(folder.path)).toEqual([]);
    return { error, requests };
  } finally {
    hub.fault = () => undefined;
    await folder.remove();
  }
}

/** The fault at the first n bodies from the store. */
function first(n: number, fault: Fault): (request: Seen) => Fault | undefined {
  let left = n;
  return ({ host, method }) => (host === 'store' && method === 'GET' && left-- > 0 ? fault : undefined);
}

const always = (fault: Fault) => first(Number.POSITIVE_INFINITY, fault);

describe('a fault that passes is survived', () => {
  const passing: [string, (request: Seen) => Fault | undefined][] = [
    ['a connection that ends', first(2, { kind: 'cut', after: 1000 })],
    ['a connection that ends before anything came', first(3, { kind: 'cut', after: 0 })],
    ['a connection refused', first(3, { kind: 'hangUp' })],
    ['a file that is too short', first(2, { kind: 'short', chunked: false })],
    ['a file that is too short, without a length', first(2, { kind: 'short', chunked: true })],
    ['a file that is too long', first(2, { kind: 'long', chunked: false })],
    ['a file that is too long, without a length', first(2, { kind: 'long', chunked: true })],
    ['a flipped bit', first(1, { kind: 'flip', bit: 12345 })],
    ['another file', first(1, { kind: 'changed' })],
    ['trouble of the server', first(2, { kind: 'status', status: 503 })],
    ['too many requests', first(2, { kind: 'status', status: 429, headers: { 'retry-after': '0' } })],
  ];
  it.each(passing)('%s', async (_, fault) => {
    expect((await pullWith(fault)).error).toBeUndefined();
  });

  const cutThen = (fault: Fault): Fault[] => [{ kind: 'cut', after: 100_000 }, fault, fault];
  const resumed: [string, Fault[], least: number][] = [
    ['the whole for a part', cutThen({ kind: 'whole' }), 2],
    ['a wrong range', cutThen({ kind: 'wrongRange' }), 3],
    ['another file, whose tag differs', cutThen({ kind: 'changed' }), 3],
    ['a part with a flipped bit', cutThen({ kind: 'flip', bit: 8 * 200_000 }), 3],
    ['status 416', cutThen({ kind: 'status', status: 416 }), 3],
  ];
  it.each(resumed)('%s, when the rest was asked for', async (_, faults, least) => {
    const queue = [...faults];
    const ended = await pullWith(({ host }) => (host === 'store' ? queue.shift() : undefined));
    expect(ended.error).toBeUndefined();
    expect(hub.bodies().filter(({ host }) => host === 'store').length).toBeGreaterThanOrEqual(least);
  });

  it('a connection that ends every 64 KiB: each request goes on where the last one ended, of the same bytes', async () => {
    const { error } = await pullWith(always({ kind: 'cut', after: 65_536 }));
    expect(error).toBeUndefined();
    const stored = hub.bodies().filter(({ host }) => host === 'store');
    const starts = stored.map(({ headers }) => Number(/\d+/.exec(headers.range ?? '0')![0]));
    expect(starts).toEqual([...new Set(starts)].toSorted((a, b) => a - b));
    expect(starts.every((start, i) => i === 0 || start - starts[i - 1]! <= 65_536)).toBe(true);
    const tags = stored.slice(1).map(({ headers }) => headers['if-range']);
    expect(new Set(tags)).toEqual(new Set(['"stored-model.safetensors"']));
  });

  it('a silent connection, by its own patience', async () => {
    const timing = { ...impatient(hub, '').timing, stallMs: 300 };
    expect((await pullWith(first(1, { kind: 'stall', after: 50_000 }), { timing })).error).toBeUndefined();
  });
});

describe('a fault that stays is an error of one line', () => {
  it.each<[string, Fault, string]>([
    ['a flipped bit', { kind: 'flip', bit: 5 }, 'checksum'],
    ['another file', { kind: 'changed' }, 'checksum'],
    ['a short file', { kind: 'short', chunked: false }, 'damaged'],
    ['a long file', { kind: 'long', chunked: true }, 'damaged'],
    ['a redirect loop', { kind: 'loop' }, 'redirect'],
    ['trouble of the server', { kind: 'status', status: 503 }, 'server'],
    ['too many requests', { kind: 'status', status: 429 }, 'rate-limit'],
    ['no connection', { kind: 'hangUp' }, 'network'],
  ])('%s', async (_, fault, code) => {
    const { error, requests } = await pullWith(always(fault));
    expect(error).toMatchObject({ name: 'HubError', code, message: expect.not.stringContaining('\n') });
    expect((error as Error).message).not.toMatch(/secret/);
    expect(requests).toBeLessThan(30);
  });

  it('a hub that announces another checksum than before', async () => {
    let heads = 0;
    const other = { location: `${hub.store}/x`, 'x-linked-etag': `"${'f'.repeat(64)}"`, 'x-linked-size': '300000' };
    const { error } = await pullWith(({ host, method, path }) => {
      if (host !== 'hub' || !path.endsWith('model.safetensors') || (method === 'HEAD' && heads++ === 0))
        return undefined;
      return { kind: 'status', status: 302, headers: other };
    });
    expect(error).toBeInstanceOf(HubError);
  });

  it('a loop on the hub itself, before any file is known', async () => {
    const { error } = await pullWith(({ host }) => (host === 'hub' ? { kind: 'loop' } : undefined));
    expect(error).toMatchObject({ code: 'redirect', message: expect.stringMatching(/within 10 redirects, got more$/) });
  });
});

describe('Retry-After', () => {
  const timed = async (retryAfter: string, longestWaitMs: number) => {
    const started = performance.now();
    const timing = { ...impatient(hub, '').timing, longestWaitMs };
    const fault = first(1, { kind: 'status', status: 503, headers: { 'retry-after': retryAfter } });
    const { error } = await pullWith(fault, { timing });
    return { error, took: performance.now() - started };
  };

  it('is waited for', async () => {
    const { error, took } = await timed('1', 5000);
    expect(error).toBeUndefined();
    expect(took).toBeGreaterThanOrEqual(1000);
  });

  it('of an hour is not waited for longer than the cap', async () => {
    const { error, took } = await timed('3600', 50);
    expect(error).toBeUndefined();
    expect(took).toBeLessThan(20_000);
  });
});

const after = fc.nat(310_000);
const anyFault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ kind: fc.constant('cut' as const), after }),
  fc.record({ kind: fc.constant('flip' as const), bit: fc.nat(8 * 300_000) }),
  fc.record({ kind: fc.constant('short' as const), chunked: fc.boolean() }),
  fc.constantFrom<Fault>(
    { kind: 'wrongRange' },
    { kind: 'whole' },
    { kind: 'changed' },
    { kind: 'long', chunked: true },
  ),
  fc.constantFrom<Fault>(
    { kind: 'loop' },
    { kind: 'hangUp' },
    { kind: 'status', status: 503 },
    { kind: 'status', status: 404 },
  ),
);

it('whatever the sequence of faults, a file is absent or right, and a failure is a HubError', async () => {
  const runs = Math.min(fc.readConfigureGlobal().numRuns ?? 100, 40);
  await fc.assert(
    fc.asyncProperty(fc.array(anyFault, { maxLength: 8 }), async (faults) => {
      const queue = [...faults];
      const { error } = await pullWith(({ path }) => (/\.(json|safetensors)/.test(path) ? queue.shift() : undefined));
      expect(error === undefined || error instanceof HubError).toBe(true);
    }),
    { numRuns: runs },
  );
});
