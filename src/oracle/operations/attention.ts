/**
 * attention, eager and flash, global and local, over caches that hold some tokens of each sequence already. What no row may
 * see is NaN in the cache.
 */
import type { AttentionMethod } from '../../engine/backend.ts';
import type { CacheSizes } from '../../engine/cache-layout.ts';
import { capacityFor, keyPlace, keysLength, valuePlace, valuesLength, valueWidth } from '../../engine/cache-layout.ts';
import { attentionEager } from '../../reference/attention-eager.ts';
import type { Operation, Problem } from '../operation.ts';
import type { Random } from '../random.ts';
import { attentionScale } from './attention-errors.ts';

export interface AttentionProblem extends Problem, CacheSizes {
  readonly method: AttentionMethod;
  readonly rows: number;
  readonly cuSeqlens: readonly number[];
  readonly starts: Uint32Array; // (sequences): tokens in the cache
  readonly window?: number | undefined;
  readonly q: Float32Array; // (rows, nHead·headDim)
  readonly k: Float32Array; // (rows, nHead·headDim)
  readonly v: Float32Array; // (rows, nHead·headDim)
  /** As in cache-layout.ts. */
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** One sequence: all its keys and values, those of the cache first. */
export interface OneSequence {
  readonly seqLen: number;
  readonly position: number;
  readonly nHead: number;
  readonly headDim: number;
  readonly window?: number | undefined;
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
}

export const attention: Operation<AttentionProblem> = {
  draw(random, most) {
    const rows = random.size(most);
    const cuSeqlens = random.cuSeqlens(rows);
    // Around the borders of eight woven positions and of a kernel's tiles of 64.
    const starts = Uint32Array.from(cuSeqlens.slice(1), () => random.pick([0, 0, random.size(most), 63, 64, 65, 127]));
    const needed = cuSeqlens.slice(1).map((end, s) => starts[s]! + end - cuSeqlens[s]!);
    const sizes = {
      nHead: random.integer(1, 3),
      headDim: random.size(2 * most, 1),
      capacity: capacityFor(Math.max(1, ...needed) + random.integer(0, 9)),
    };
    const width = sizes.nHead * sizes.headDim;
    // Scores stay below some hundreds: the bound is one of first order.
    const floats = () => random.floats(rows * width, random.pick([1, 0.3, 1 / 64]));
    return {
      ...{ method: random.pick(['eager', 'flash'] as const), rows, cuSeqlens, starts, ...sizes },
      window: random.boolean() ? random.size(most + 32, 1) : undefined,
      ...{ q: floats(), k: floats(), v: random.floats(rows * width) },
      ...drawCache(random, starts, sizes),
      gaps: random.gaps('out', 'q', 'k', 'v'),
    };
  },

  truth(problem) {
    const { rows, nHead, headDim, cuSeqlens } = problem;
    const [value, scale] = [new Float64Array(rows * nHead * headDim), new Float64Array(rows * nHead * headDim)];
    for (let s = 0; s + 1 < cuSeqlens.length; s++) {
      const one = sequenceOf(problem, s);
      const place = cuSeqlens[s]! * nHead * headDim;
      value.set(attentionEager(one), place);
      scale.set(attentionScale(one, problem.method), place);
    }
    const { keys, values } = cacheAfter(problem);
    return [
      { name: 'out', shape: { t: rows, h: nHead, d: headDim }, value, scale },
      { name: 'keys', shape: { i: keys.length }, value: keys },
      { name: 'values', shape: { i: values.length }, value: values },
    ];
  },
};

function drawCache(random: Random, starts: Uint32Array, sizes: CacheSizes) {
  const { nHead, headDim } = sizes;
  const [keysOne, valuesOne] = [keysLength(sizes), valuesLength(sizes)];
  const keys = new Float32Array(starts.length * keysOne).fill(NaN);
  const values = new Float32Array(starts.length * valuesOne).fill(NaN);
  starts.forEach((start, s) => {
    const [k, v] = [random.floats(start * nHead * headDim, 1), random.floats(start * nHead * headDim, 1)];
    k.forEach((value, i) => {
      const [position, h, d] = placeOf(i, sizes);
      keys[s * keysOne + keyPlace(sizes, h, position, d)] = value;
      values[s * valuesOne + valuePlace(sizes, h, position, d)] = v[i]!;
    });
  });
  return { keys, values };
}

/** Position, head and column of number i of (position, nHead, headDim). */
function placeOf(i: number, { nHead, headDim }: CacheSizes): readonly [number, number, number] {
  return [Math.floor(i / (nHead * headDim)), Math.floor(i / headDim) % nHead, i % headDim];
}

/** Sequence s as the reference takes it. */
export function sequenceOf(problem: AttentionProblem, s: number): OneSequence {
  const { cuSeqlens, starts, nHead, headDim, window, q } = problem;
  const [first, end, position, width] = [cuSeqlens[s]!, cuSeqlens[s + 1]!, starts[s]!, nHead * headDim];
  const { keys, values } = cacheAfter(problem);
  const [keysOne, valuesOne] = [keysLength(problem), valuesLength(problem)];
  const [k, v] = [keys, values].map(() => new Float32Array((position + end - first) * width)) as [
    Float32Array,
    Float32Array,
  ];
  for (let i = 0; i < k.length; i++) {
    const [j, h, d] = placeOf(i, problem);
    k[i] = keys[s * keysOne + keyPlace(problem, h, j, d)]!;
    v[i] = values[s * valuesOne + valuePlace(problem, h, j, d)]!;
  }
  const rows = q.subarray(first * width, end * width);
  return { seqLen: end - first, position, nHead, headDim, window, q: rows, k, v };
}

/** The cache with the rows' keys and values in their places, and 0 in the columns behind a value. */
export function cacheAfter(problem: AttentionProblem): { readonly keys: Float32Array; readonly values: Float32Array } {
  const { cuSeqlens, starts, nHead, headDim, k, v } = problem;
  const [keys, values] = [problem.keys.slice(), problem.values.slice()];
  const [keysOne, valuesOne] = [keysLength(problem), valuesLength(problem)];
  starts.forEach((start, s) => {
    for (let t = cuSeqlens[s]!; t < cuSeqlens[s + 1]!; t++) {
      const position = start + t - cuSeqlens[s]!;
      for (let h = 0; h < nHead; h++) {
        const value = s * valuesOne + valuePlace(problem, h, position, 0);
        values.fill(0, value, value + valueWidth(headDim));
        for (let d = 0; d < headDim; d++) {
          const from = (t * nHead + h) * headDim + d;
          keys[s * keysOne + keyPlace(problem, h, position, d)] = k[from]!;
          values[value + d] = v[from]!;
        }
      }
    }
  });
  return { keys, values };
}
