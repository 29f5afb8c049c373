/**
 * The cases of the causal convolution, with the state it continues from and leaves.
 */
import { tapsFirst } from '../../engine/mamba-architecture.ts';
import { factorOf } from '../bounds.ts';
import type { CausalConv1dProblem } from '../operations/causal-conv1d.ts';
import { truthOf } from '../operations.ts';
import type { Random } from '../random.ts';
import { byExp } from './cases-scan.ts';
import { grid, randomOf, widened } from './grid.ts';
import { vectorArithmetic } from './vector-arithmetic.ts';
import type { VectorCase } from './vector-case.ts';

interface Spec {
  readonly seqLen: number;
  readonly dConv?: number;
  readonly bias?: boolean;
  readonly silu?: boolean;
  readonly cuSeqlens?: readonly number[];
  readonly dInner?: number;
  /** No state is given. */
  readonly fresh?: boolean;
  readonly note: string;
  /** Numbers of 24 bits, whose products round. */
  readonly wide?: boolean;
}

const specs: Readonly<Record<string, Spec>> = {
  plain: { seqLen: 9, note: 'four taps and a state' },
  bias: { seqLen: 9, bias: true, silu: true, note: 'bias, then silu' },
  'width-1': { seqLen: 5, dConv: 1, bias: true, note: 'one tap: no state' },
  'width-2': { seqLen: 5, dConv: 2, note: 'two taps' },
  'width-5': { seqLen: 11, dConv: 5, bias: true, silu: true, note: 'five taps' },
  shorter: { seqLen: 2, silu: true, note: 'fewer tokens than taps: the state keeps part of itself' },
  empty: { seqLen: 0, note: 'no tokens: the state stays' },
  wide: { seqLen: 40, bias: true, wide: true, note: 'numbers of 24 bits' },
  'wide-silu': { seqLen: 40, bias: true, silu: true, wide: true, note: 'numbers of 24 bits, then silu' },
  packed: { seqLen: 12, bias: true, silu: true, cuSeqlens: [0, 2, 2, 7, 12], note: 'packed, each with its state' },
  'from-nothing': {
    seqLen: 9,
    bias: true,
    silu: true,
    fresh: true,
    note: 'no state is given: zeros lie before token 0',
  },
  'packed-long': {
    ...{ seqLen: 300, dInner: 3, bias: true, silu: true, fresh: true, cuSeqlens: [0, 1, 63, 65, 257, 300] },
    note: 'packed, across 64 and 256 tokens, each from nothing',
  },
  tiles: { seqLen: 270, dInner: 66, bias: true, wide: true, note: '270 tokens of 66 channels, with a state' },
  'tiles-from-nothing': {
    ...{ seqLen: 262, dInner: 66, bias: true, silu: true, wide: true, fresh: true },
    note: '262 tokens of 66 channels, without a state',
  },
};

export function* convCases(seed: number): Generator<VectorCase> {
  for (const [name, spec] of Object.entries(specs)) yield convCase(name, randomOf(seed, `causalConv1d/${name}`), spec);
}

function convCase(name: string, random: Random, spec: Spec): VectorCase {
  const { seqLen, dInner = 5, dConv = 4, silu = false, cuSeqlens = [0, seqLen], fresh = false, note } = spec;
  const sequences = cuSeqlens.length - 1;
  const numbers = (length: number) => (spec.wide ? widened(grid(random, length)) : grid(random, length));
  const x = numbers(seqLen * dInner);
  const weight = numbers(dInner * dConv); // (d, k)
  const bias = spec.bias ? numbers(dInner) : undefined;
  const states = sequences * (dConv - 1) * dInner;
  const state = fresh ? new Float32Array(states) : numbers(states);
  const problem: CausalConv1dProblem = {
    ...{
      seqLen,
      cuSeqlens,
      dInner,
      dConv,
      x,
      weight: tapsFirst({ dInner, dConv }, weight),
      bias,
      state,
      silu,
      gaps: {},
    },
  };
  const truths = byExp((exp) => truthOf('causalConv1d', problem, vectorArithmetic[exp]));
  const extra = { strict: 1, gpu: 0 }; // silu as x·σ(x) rounds once more
  const factor = byExp((exp) => factorOf('causalConv1d', problem, vectorArithmetic[exp]) + extra[exp]);
  const row = { axes: ['t', 'd'], shape: [seqLen, dInner] };
  const stateShape = { axes: ['s', 'k', 'd'], shape: [sequences, dConv - 1, dInner] };
  const nothing = byExp(() => new Float64Array(states));
  const value = Float64Array.from(truths.strict[0]!.value);
  return {
    ...{ name: `causalConv1d/${name}`, operation: 'causalConv1d', note, narrow: spec.wide !== true },
    parameters: { seqLen, dInner, dConv, silu, cuSeqlens },
    inputs: {
      x: { ...row, data: x },
      weight: { axes: ['d', 'k'], shape: [dInner, dConv], data: weight },
      ...(bias && { bias: { axes: ['d'], shape: [dInner], data: bias } }),
      ...(!fresh && { state: { ...stateShape, data: state } }),
    },
    outputs: {
      y: { ...row, value, scale: byExp((exp) => Float64Array.from(truths[exp][0]!.scale!)), factor, basis: 'counted' },
      state: {
        ...{ ...stateShape, value: Float64Array.from(truths.strict[1]!.value), scale: nothing },
        ...{ factor: { strict: 0, gpu: 0 }, basis: 'exact' },
      },
    },
  };
}
