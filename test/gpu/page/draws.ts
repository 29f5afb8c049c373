/**
 * Backend.draw against the sampler of the host: the same noise, the same filters, the same tokens. Runs in Node and in a
 * page.
 */
import { viewOf } from '../../../src/engine/backend.ts';
import { drawnAmong } from '../../../src/engine/write-ahead.ts';
import { gumbelNoise } from '../../../src/generation/noise.ts';
import type { Sampling } from '../../../src/generation/sampler.ts';
import { chooseToken } from '../../../src/generation/sampler.ts';
import type { Opening, Ran } from './open.ts';
import { openOnce } from './open.ts';

export interface DrawCall {
  readonly open: Opening;
  readonly width: number;
  /** Ids from here on never win. */
  readonly size: number;
  readonly rows: number;
  readonly sampling: Omit<Sampling, 'repetitionPenalty'>;
  readonly seed: number;
  /** A logit of this row is NaN. */
  readonly brokenRow?: number;
}

export interface DrawAnswer extends Ran {
  readonly drawn: readonly number[];
  /** What the host chooses; with filters a hair looser and tighter, too: one of the three is right. */
  readonly allowed: readonly (readonly number[])[];
}

/** Twice the rounding of sums of 50,000 weights in float32, as seen. */
const hair = 2e-6;

export async function draw({ open, width, size, rows, sampling, seed, brokenRow }: DrawCall): Promise<DrawAnswer> {
  const { backend, ran } = await openOnce(open);
  const { temperature, topK, topP, minP } = sampling;
  const logits = logitsOf(seed, rows, width);
  const noise = new Float32Array(rows * width).fill(-3e38);
  const ids = Array.from({ length: size }, (_, id) => id);
  for (let t = 0; t < rows; t++) noise.set(gumbelNoise({ seed, sequence: 0, position: t }, ids), t * width);
  const allowed = Array.from({ length: rows }, (_, t) => {
    const row = logits.slice(t * width, (t + 1) * width);
    const tokens = [0, hair, -hair].map((by) =>
      chooseToken(row, new Uint32Array(t), {
        ...{ size, seed, sequence: 0 },
        sampling: {
          ...sampling,
          topP: Math.min(1, Math.max(topP + by, topP / 2)),
          minP: Math.max(0, minP - by),
          repetitionPenalty: 1,
        },
      }),
    );
    return [...new Set(tokens)];
  });
  if (brokenRow !== undefined) logits[brokenRow * width + (size >> 1)] = Number.NaN;

  const cells = { x: backend.floats('x', rows * width), noise: backend.floats('noise', rows * width) };
  const [numbers, out] = [backend.floats('sampling', 5), backend.integers('out', rows)];
  backend.write(cells.x, logits);
  backend.write(cells.noise, noise);
  backend.write(numbers, Float32Array.of(1 / temperature, Math.min(1 - topP, 1 - 2 ** -24), topK, minP, size));
  const among = drawnAmong({ size, scale: 1 / temperature, noise, filters: { topK, topP, minP } });
  const [x, noiseView] = [viewOf(cells.x, width), viewOf(cells.noise, width)];
  backend.draw({ out, x, noise: noiseView, sampling: numbers, among, rows, width, size });
  const drawn = Array.from(await backend.read(out));
  for (const cell of [cells.x, cells.noise, numbers, out]) backend.free(cell);
  return { ...ran(), drawn, allowed };
}

/** On a grid, so that many are equal; steep enough that a filter keeps few. */
function logitsOf(seed: number, rows: number, width: number): Float32Array {
  const noise = gumbelNoise(
    { seed, sequence: 1, position: 0 },
    Uint32Array.from({ length: rows * width }, (_, i) => i),
  );
  return Float32Array.from(noise, (value) => Math.round(value * 12) / 8);
}
