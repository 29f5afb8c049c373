/**
 * Laws of the scans on headless-gl, exact arithmetic first; their bounds are judged in kernels.test.ts.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GpuKernels } from '../../gpu/kernels.ts';
import { passesOfBlelloch } from '../../gpu/operations/scan-blelloch.ts';
import { linearRecurrence } from '../../src/reference/linear-recurrence.ts';
import { scanBlelloch } from '../../src/reference/scan-blelloch.ts';
import { expectIdentical } from '../compare.ts';
import { expectHeadless, openHeadless } from './headless.ts';
import type { Recurrence } from './recurrences.ts';
import { exact, part, rough, sizes } from './recurrences.ts';

const opened = await openHeadless();

type Scan = (kernels: GpuKernels, recurrence: Recurrence) => Promise<Float32Array>;

const scans: readonly { readonly name: string; readonly scan: Scan }[] = [
  { name: 'scanSequential', scan: (kernels, recurrence) => kernels.scanSequential(recurrence) },
  { name: 'scanBlelloch', scan: (kernels, recurrence) => kernels.scanBlelloch(recurrence) },
  { name: 'scanChunked', scan: (kernels, recurrence) => kernels.scanChunked({ ...recurrence, chunk: 8 }) },
];

describe.each(opened)('headlessgl', (headless) => {
  const { kernels, machine } = headless;

  test('Blelloch and sequential equal the reference bit for bit where the arithmetic is exact', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (dims) => {
        const recurrence = exact(dims);
        const truth = linearRecurrence(recurrence);
        expectIdentical(await kernels.scanSequential(recurrence), truth, 'sequential h');
        expectIdentical(await kernels.scanBlelloch(recurrence), truth, 'Blelloch h');
        expectIdentical(linearRecurrence(recurrence, scanBlelloch), truth, 'reference h'); // it was exact
      }),
    );
  });

  test('Blelloch equals sequential bit for bit on exact inputs, at every length 0…70', async () => {
    for (let seqLen = 0; seqLen <= 70; seqLen++) {
      const recurrence = exact({ seqLen, channels: 3, seed: seqLen });
      const sequential = await kernels.scanSequential(recurrence);
      expectIdentical(await kernels.scanBlelloch(recurrence), sequential, `h of ${seqLen}`);
    }
  });

  test('chunks of any length give the states of one, bit for bit on exact inputs', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 72 }), async (dims, chunk) => {
        const recurrence = exact(dims);
        expectIdentical(await kernels.scanChunked({ ...recurrence, chunk }), linearRecurrence(recurrence), 'h');
      }),
    );
  });

  test('long sequences are cut, which exact inputs do not notice, and the calls grow with the length', async () => {
    const callsOf = async (work: () => Promise<unknown>) => {
      const before = machine.calls;
      await work();
      return machine.calls - before;
    };
    for (const seqLen of [511, 512, 513, 1030]) {
      const recurrence = exact({ seqLen, channels: 2, seed: seqLen });
      const truth = linearRecurrence(recurrence);
      expectIdentical(await kernels.scanSequential(recurrence), truth, `sequential h of ${seqLen}`);
      expectIdentical(await kernels.scanChunked({ ...recurrence, chunk: 1 }), truth, `chunked h of ${seqLen}`);
    }
    const [short, long] = [512, 2048].map((seqLen) => exact({ seqLen, channels: 2, seed: 1 }));
    const calls = await callsOf(() => kernels.scanSequential(short!));
    expect(await callsOf(() => kernels.scanSequential(long!))).toBe(4 * calls);
  });

  test('an initial state left out is one of zeros', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (dims) => {
        const { h0, ...without } = rough(dims);
        const zeros = { ...without, h0: h0.map(() => 0) };
        for (const { name, scan } of scans) {
          expectIdentical(await scan(kernels, without as Recurrence), await scan(kernels, zeros), name);
        }
      }),
    );
  });

  test.each(scans)('$name, causality, what changes at token t leaves every h before it', async ({ scan }) => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (dims, pick) => {
        const recurrence = rough(dims);
        const start = (pick % (dims.seqLen + 1)) * dims.channels;
        const later = (data: Float32Array) => data.map((v, i) => (i < start ? v : v + 1));
        const changed = { ...recurrence, a: later(recurrence.a), b: later(recurrence.b) };
        const [before, after] = [await scan(kernels, recurrence), await scan(kernels, changed)];
        expectIdentical(after.subarray(0, start), before.subarray(0, start));
      }),
    );
  });

  test.each(scans)('$name, a prefix, then the rest from its last state, is all at once: exactly', async ({ scan }) => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (dims, pick) => {
        const recurrence = exact(dims);
        const { seqLen, channels } = recurrence;
        const cut = pick % (seqLen + 1);
        const head = await scan(kernels, part(recurrence, 0, cut));
        const h0 = cut === 0 ? recurrence.h0 : head.slice(-channels || head.length);
        const tail = await scan(kernels, { ...part(recurrence, cut, seqLen), h0 });
        expectIdentical([...head, ...tail], await scan(kernels, recurrence), 'h');
      }),
    );
  });

  test.each(scans)('$name, a channel does not know its neighbours', async ({ scan }) => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (dims, pick) => {
        const recurrence = rough({ ...dims, channels: dims.channels + 1 });
        const { seqLen, channels, a, b, h0 } = recurrence;
        const c = pick % channels;
        const column = (data: Float32Array) => data.filter((_, i) => i % channels === c);
        const alone = { seqLen, channels: 1, a: column(a), b: column(b), h0: column(h0) };
        expectIdentical(column(await scan(kernels, recurrence)), await scan(kernels, alone));
      }),
    );
  });

  test('Blelloch takes 2·log₂ P + 1 kernel calls for P ≥ 2 tokens, and 2 for one', async () => {
    for (const [seqLen, passes] of [
      [1, 2],
      [2, 3],
      [3, 5],
      [4, 5],
      [5, 7],
      [64, 13],
      [65, 15],
      [1000, 21],
    ] as const) {
      const before = machine.calls;
      await kernels.scanBlelloch(exact({ seqLen, channels: 2, seed: 1 }));
      const reads = 2; // the result's, and the canary's
      expect(machine.calls - before - reads).toBe(passes);
      expect(passesOfBlelloch(seqLen)).toBe(passes);
    }
  });

  test('all of it ran on headless-gl', () => expectHeadless(headless));
});
