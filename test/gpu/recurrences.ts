/**
 * Linear recurrences for the laws of the scans: rough ones, whose products and sums round, and exact ones.
 */
import fc from 'fast-check';
import { lengths } from '../arbitraries.ts';
import { seededGrid, seededUniform } from '../reference/seeded-grid.ts';

export interface Sizes {
  readonly seqLen: number;
  readonly channels: number;
  readonly seed: number;
}

export interface Recurrence {
  readonly seqLen: number;
  readonly channels: number;
  readonly a: Float32Array; // (seqLen, channels)
  readonly b: Float32Array; // (seqLen, channels)
  readonly h0: Float32Array; // (channels)
}

export const sizes: fc.Arbitrary<Sizes> = fc.record({
  seqLen: lengths(70),
  channels: fc.integer({ min: 0, max: 5 }),
  seed: fc.nat(),
});

/** k/8 divided by 3, |a| ≤ 1. */
export function rough({ seqLen, channels, seed }: Sizes): Recurrence {
  const take = seededGrid(seed);
  const values = (length: number, bound: number) => Float32Array.from(take(length, bound), (v) => v / 3);
  const [a, b] = [values(seqLen * channels, 3), values(seqLen * channels, 2)];
  return { seqLen, channels, a, b, h0: values(channels, 2) };
}

/** |h| ≤ 284 takes 9 bits, every a = ±½ one more: 12 fit into float32's 24. */
const halves = 12;

/** a ∈ {0, ±½, ±1}, b and h0 ∈ {−4 … 4}: exact in any bracketing, as long as a channel has few a = ±½. */
export function exact({ seqLen, channels, seed }: Sizes): Recurrence {
  const next = seededUniform(seed);
  const left = new Array<number>(channels).fill(halves);
  const a = Float32Array.from({ length: seqLen * channels }, (_, i) => {
    const drawn = [0, 1, -1, 1, -1, 0.5, -0.5][Math.floor(7 * next())]!;
    if (Math.abs(drawn) !== 0.5) return drawn;
    return left[i % channels]!-- > 0 ? drawn : 2 * drawn;
  });
  const integers = (length: number) => Float32Array.from({ length }, () => Math.floor(9 * next()) - 4);
  return { seqLen, channels, a, b: integers(seqLen * channels), h0: integers(channels) };
}

/** The tokens from … to − 1. */
export function part({ channels, a, b, h0 }: Recurrence, from: number, to: number): Recurrence {
  const cut = (data: Float32Array) => data.slice(from * channels, to * channels);
  return { seqLen: to - from, channels, a: cut(a), b: cut(b), h0 };
}
