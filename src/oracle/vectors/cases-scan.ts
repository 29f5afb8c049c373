/**
 * The cases of the bare recurrence.
 */
import { linearRecurrence } from '../../reference/linear-recurrence.ts';
import { truthOf } from '../operations.ts';
import type { Random } from '../random.ts';
import { firstOrder } from './cases-selective-scan.ts';
import { grid, randomOf, widened } from './grid.ts';
import { narrowestState, smallestHalf } from './narrowest-state.ts';
import { treeDepth, vectorArithmetic } from './vector-arithmetic.ts';
import type { ExpName, VectorCase } from './vector-case.ts';
import { expNames } from './vector-case.ts';

/** The same of both arithmetics. */
export function byExp<T>(of: (exp: ExpName) => T): { [E in ExpName]: T } {
  return Object.fromEntries(expNames.map((exp) => [exp, of(exp)])) as { [E in ExpName]: T };
}

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 127, 129];
const longLengths = [255, 256, 257, 511, 513, 1023, 1024, 1025, 2047, 2049, 4095];

export function* scanCases(seed: number, full: boolean): Generator<VectorCase> {
  for (const seqLen of [...lengths, ...(full ? longLengths : [257, 1023]), 4096]) {
    const channels = seqLen > 200 ? 2 : 3;
    const note = `${seqLen} tokens`;
    yield scanCase(seed, {
      name: `length-${seqLen}`,
      seqLen,
      channels,
      initial: seqLen % 2 === 1 || seqLen === 4096,
      note,
    });
  }
  yield scanCase(seed, { name: 'channels-70', seqLen: 9, channels: 70, initial: true, note: '70 channels' });
  yield scanCase(seed, {
    name: 'wide',
    seqLen: 33,
    channels: 6,
    initial: true,
    wide: true,
    note: 'numbers of 24 bits',
  });
}

interface Spec {
  readonly name: string;
  readonly seqLen: number;
  readonly channels: number;
  readonly initial: boolean;
  readonly wide?: boolean;
  readonly note: string;
}

/** Channel 0 mostly forgets, with zeros among its factors; 1 remembers for long; 2 has factors of either sign near 1. */
function factors(random: Random, seqLen: number, channels: number): Float32Array {
  const a = grid(random, seqLen * channels, -1);
  for (let i = 0; i < a.length; i++) {
    if (i % channels === 1) a[i] = 1 - Math.abs(random.integer(1, 63)) / 256;
    if (i % channels === 2) a[i] = (random.boolean() ? 1 : -1) * (random.integer(56, 72) / 64);
  }
  return a;
}

function scanCase(seed: number, { name, seqLen, channels, initial, wide = false, note }: Spec): VectorCase {
  const random = randomOf(seed, `scan/${name}`);
  const bits = (values: Float32Array, factor?: number) => (wide ? widened(values, factor) : values);
  const a = bits(factors(random, seqLen, channels), 0.99);
  const b = bits(grid(random, seqLen * channels));
  const h0 = initial ? bits(grid(random, channels)) : undefined;
  const row = { axes: ['t', 'd'], shape: [seqLen, channels] };
  const state = { axes: ['d'], shape: [channels] };
  const h = linearRecurrence({ seqLen, channels, a, b, h0 });
  const scale = byExp((exp) => scanScale({ seqLen, channels, a, b, h0 }, exp));
  const last = (values: Float64Array, before: Float64Array) => (seqLen === 0 ? before : values.slice(-channels));
  const nothing = () => new Float64Array(channels);
  const { state: kept, ...narrowest } = narrowestState((u) => narrowScanScales({ seqLen, channels, a, b, h0 }, u));
  const how = { factor: { strict: firstOrder, gpu: firstOrder }, basis: 'counted' as const };
  return {
    ...{ name: `scan/${name}`, operation: 'scan', narrow: !wide, parameters: { seqLen, channels } },
    ...narrowest,
    note: `${note}${initial ? ', with an initial state' : ''}`,
    inputs: { a: { ...row, data: a }, b: { ...row, data: b }, ...(h0 && { h0: { ...state, data: h0 } }) },
    outputs: {
      h: { ...row, ...how, value: h, scale, state: kept.h },
      hLast: {
        ...{ ...state, ...how, value: last(h, Float64Array.from(h0 ?? nothing())) },
        scale: byExp((exp) => last(scale[exp], nothing())),
        state: kept.hLast,
      },
    },
  };
}

interface Recurrence {
  readonly seqLen: number;
  readonly channels: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly h0?: Float32Array | undefined;
}

/** In order, as a tree or in chunks: the largest of the three, element by element (operations/recurrence.ts). */
function scanScale(recurrence: Recurrence, exp: ExpName): Float64Array {
  const problem = { ...recurrence, gaps: {} };
  const arithmetic = vectorArithmetic[exp];
  const [inOrder, tree, chunks] = [
    truthOf('scanSequential', problem, arithmetic)[0]!.scale!,
    truthOf('scanBlelloch', problem, arithmetic)[0]!.scale!,
    truthOf('scanChunked', { ...problem, chunk: Math.max(1, treeDepth(problem.seqLen)) }, arithmetic)[0]!.scale!,
  ];
  return Float64Array.from(inOrder, (scale, i) => Math.max(scale, tree[i]!, chunks[i]!));
}

/** What states cost that are rounded once a token, E_t = (1 + u)·|a|·E_{t−1} + M_t + 2^−14 (state-scales.ts). */
function narrowScanScales({ seqLen, channels, a, b, h0 }: Recurrence, u: number) {
  const h = new Float64Array(seqLen * channels);
  const hLast = new Float64Array(channels);
  for (let d = 0; d < channels; d++) {
    let size = Math.abs(h0?.[d] ?? 0);
    let error = size + smallestHalf;
    for (let i = d; i < h.length; i += channels) {
      const factor = Math.abs(a[i]!);
      size = factor * size + Math.abs(b[i]!);
      error = (1 + u) * factor * error + size + smallestHalf;
      h[i] = error;
    }
    hLast[d] = error;
  }
  return { h, hLast };
}
