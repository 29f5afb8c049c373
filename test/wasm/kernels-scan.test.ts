import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Affine, Monoid, Scan } from '../../src/reference/monoid.ts';
import { affine } from '../../src/reference/monoid.ts';
import { scanBlelloch } from '../../src/reference/scan-blelloch.ts';
import { scanSequential } from '../../src/reference/scan-sequential.ts';
import type { Floats } from '../../src/reference/types.ts';
import type { AffineElements } from '../../src/wasm/scan-kernel.ts';
import { lengths } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';
import { seededGrid, seededUniform } from '../reference/seeded-grid.ts';
import { kernelsUnderTest, twoThreads } from './kernel-problems.ts';

const under = await kernelsUnderTest();
const two = await twoThreads();
afterAll(() => {
  for (const one of [...under, two]) one.dispose();
});

/** Affine maps whose every sum and product is rounded to float32, as the kernel's. */
const affineF32: Monoid<Affine> = {
  identity: [1, 0],
  combine: ([a0, b0], [a1, b1]) => [Math.fround(a1 * a0), Math.fround(Math.fround(a1 * b0) + b1)],
};

const types = [
  { type: 'float32', from: (data: Float64Array): Floats => Float32Array.from(data), monoid: affineF32, halves: 12 },
  { type: 'float64', from: (data: Float64Array): Floats => data, monoid: affine, halves: 40 },
];
const scans = [
  { scan: 'scanSequential' as const, reference: scanSequential as Scan },
  { scan: 'scanBlelloch' as const, reference: scanBlelloch as Scan },
];

const sizes = fc.record({ seqLen: lengths(70), channels: fc.integer({ min: 0, max: 9 }), seed: fc.nat() });
type Sizes = { seqLen: number; channels: number; seed: number };

/** Numbers whose products and sums round: k/8 divided by 3. */
function rough({ seqLen, channels, seed }: Sizes, from: (data: Float64Array) => Floats): AffineElements<Floats> {
  const take = seededGrid(seed);
  const values = (bound: number) => from(take(seqLen * channels, bound).map((v) => v / 3));
  return { seqLen, channels, a: values(3), b: values(2) };
}

/**
 * a ∈ {0, ±½, ±1}, b ∈ {−4 … 4}: exact in any bracketing, as long as a channel has few a = ±½. |h| ≤ 280 takes 9 bits,
 * every half one more: 12 fit into float32's 24, 40 into float64's 53.
 */
function exact(dims: Sizes, from: (data: Float64Array) => Floats, halves: number): AffineElements<Floats> {
  const { seqLen, channels, seed } = dims;
  const next = seededUniform(seed);
  const left = new Array<number>(channels).fill(halves);
  const a = Float64Array.from({ length: seqLen * channels }, (_, i) => {
    const drawn = [0, 1, -1, 1, -1, 0.5, -0.5][Math.floor(7 * next())]!;
    if (Math.abs(drawn) !== 0.5) return drawn;
    return left[i % channels]!-- > 0 ? drawn : 2 * drawn;
  });
  const b = Float64Array.from({ length: seqLen * channels }, () => Math.floor(9 * next()) - 4);
  return { seqLen, channels, a: from(a), b: from(b) };
}

/** The second components of a reference scan, channel by channel. */
function states(scan: Scan, monoid: Monoid<Affine>, { seqLen, channels, a, b }: AffineElements<Floats>): Float64Array {
  const h = new Float64Array(seqLen * channels);
  for (let c = 0; c < channels; c++) {
    const elements = Array.from({ length: seqLen }, (_, t): Affine => [a[t * channels + c]!, b[t * channels + c]!]);
    scan(monoid, elements).forEach(([, state], t) => {
      h[t * channels + c] = state;
    });
  }
  return h;
}

describe.each(under)('$name', ({ kernels }) => {
  describe.each(types)('$type', ({ from, monoid, halves }) => {
    test.each(scans)(
      '$scan rounds where the reference does: bit for bit on any numbers',
      async ({ scan, reference }) => {
        await fc.assert(
          fc.asyncProperty(sizes, async (dims) => {
            const elements = rough(dims, from);
            expectIdentical(await kernels[scan](elements), states(reference, monoid, elements), 'h');
          }),
        );
      },
    );

    test('Blelloch equals sequential bit for bit where the arithmetic is exact, at every length 0…70', async () => {
      await fc.assert(
        fc.asyncProperty(sizes, async (dims) => {
          const elements = exact(dims, from, halves);
          const sequential = await kernels.scanSequential(elements);
          expectIdentical(await kernels.scanBlelloch(elements), sequential, 'h');
          expectIdentical(sequential, states(scanSequential, affine, elements), 'h'); // in float64: it was exact
        }),
      );
      for (let seqLen = 0; seqLen <= 70; seqLen++) {
        const elements = exact({ seqLen, channels: 5, seed: seqLen }, from, halves);
        expectIdentical(await kernels.scanBlelloch(elements), await kernels.scanSequential(elements), `h of ${seqLen}`);
      }
    });

    test.each(scans)('$scan: a channel does not know its neighbours', async ({ scan }) => {
      await fc.assert(
        fc.asyncProperty(sizes, fc.nat(), async (dims, pick) => {
          const { seqLen, channels } = dims;
          if (channels === 0) return;
          const elements = rough(dims, from);
          const c = pick % channels;
          const column = (data: Floats) => data.filter((_, i) => i % channels === c) as Floats;
          const alone = { seqLen, channels: 1, a: column(elements.a), b: column(elements.b) };
          expectIdentical(column(await kernels[scan](elements)), await kernels[scan](alone));
        }),
      );
    });

    test.each(scans)('$scan: causality, what changes at token t leaves every h before it', async ({ scan }) => {
      await fc.assert(
        fc.asyncProperty(sizes, fc.nat(), async (dims, pick) => {
          const elements = rough(dims, from);
          const start = (pick % (dims.seqLen + 1)) * dims.channels;
          const later = (data: Floats) => data.map((v, i) => (i < start ? v : v + 1)) as Floats;
          const changed = { ...elements, a: later(elements.a), b: later(elements.b) };
          const [before, after] = [await kernels[scan](elements), await kernels[scan](changed)];
          expectIdentical(after.subarray(0, start), before.subarray(0, start));
        }),
      );
    });
  });
});

test.each(types)('two threads give the bits of one: $type', async ({ from, monoid }) => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.constantFrom(1, 7), async (dims, wider) => {
      const elements = rough({ ...dims, channels: wider * dims.channels }, from);
      for (const { scan, reference } of scans) {
        expectIdentical(await two.kernels[scan](elements), states(reference, monoid, elements), scan);
      }
    }),
  );
});

test('wrong elements are refused by name, and nothing stays allocated', async () => {
  const { kernels, resident } = under[0]!;
  const before = resident();
  const [a, b] = [new Float32Array(6), new Float32Array(6)];
  const scan = (change: object) => kernels.scanBlelloch({ seqLen: 3, channels: 2, a, b, ...change });
  await expect(scan({ b: new Float32Array(5) })).rejects.toThrow(
    new RangeError('"b" expected length 6 (seqLen 3 × channels 2), got 5'),
  );
  await expect(scan({ seqLen: Number.NaN })).rejects.toThrow(
    new RangeError('"seqLen" expected an integer ≥ 0, got NaN'),
  );
  await expect(scan({ b: new Float64Array(6) })).rejects.toThrow(
    new TypeError('"a" and "b" expected two Float32Array or two Float64Array, got Float32Array and Float64Array'),
  );
  await scan({});
  expect(resident()).toBe(before);
});
