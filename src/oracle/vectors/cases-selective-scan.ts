/**
 * The cases of the selective scan, forward: every mode, every kind of length, extreme but legal operands, and the step
 * against the sequence over thousands of tokens.
 */
import { selectiveScan } from '../../reference/selective-scan.ts';
import { Random } from '../random.ts';
import { selectiveScanScales } from './scan-scales.ts';
import type { ScanOperands, ScanSpec } from './scan-spec.ts';
import { drawScan, scanInputs, scanShapes } from './scan-spec.ts';
import { narrowStateScales } from './state-scales.ts';
import type { VectorCase } from './vector-case.ts';

/** To first order: less than a hundredth is left for the terms in u². */
export const firstOrder = 1.01;

const all = { softplus: true, bias: true, D: true, z: true, h0: true } as const;

type Spec = ScanSpec & { readonly note: string; readonly steps?: boolean; readonly wide?: boolean };

const packed = { seqLen: 14, cuSeqlens: [0, 5, 5, 6, 14] };

/** One mode each, then all of them. */
const modes: Readonly<Record<string, Spec>> = {
  plain: { seqLen: 9, note: 'nothing but the recurrence' },
  'constant-B': { seqLen: 9, constantB: true, note: 'B is (d, n)' },
  'constant-C': { seqLen: 9, constantC: true, note: 'C is (d, n)' },
  groups: { seqLen: 9, dInner: 6, groups: 3, note: 'neighbouring channels share a group' },
  softplus: { seqLen: 17, softplus: true, deltaExponent: 1, note: 'Δ = softplus(delta)' },
  bias: { seqLen: 9, softplus: true, bias: true, note: 'the bias goes in before softplus' },
  'bias-alone': { seqLen: 9, bias: true, shape: positiveBias, note: 'a bias without softplus' },
  'softplus-cut': {
    seqLen: 32,
    softplus: true,
    aExponent: -7,
    shape: aroundTheCut,
    note: 'delta around −18, 20 and 100',
  },
  D: { seqLen: 9, D: true, note: 'skip connection' },
  gate: { seqLen: 9, D: true, z: true, note: 'D is inside the gate' },
  'initial-state': { seqLen: 9, h0: true, note: 'h[−1] is given' },
  packed: { ...packed, h0: true, note: 'four sequences, one of them empty, each with its state' },
  'packed-all': { ...packed, ...all, dInner: 4, groups: 2, note: 'every switch at once' },
  all: { seqLen: 33, ...all, dInner: 6, dState: 16, groups: 2, note: 'every switch at once, 16 states' },
  zoh: { seqLen: 17, discretization: 'zoh', ...all, note: 'zero-order hold for B too' },
  complex: { seqLen: 9, complex: true, note: 'A, B, C and h complex: 2·Re' },
  'complex-all': { ...packed, ...all, complex: true, groups: 2, note: 'complex with every switch' },
  'complex-constant': { seqLen: 9, complex: true, constantB: true, constantC: true, note: 'complex, B and C (d, n)' },
};

const extremes: Readonly<Record<string, Spec>> = {
  'delta-to-0': { seqLen: 33, deltaExponent: -8, h0: true, note: 'Δ below 2^−7: a memory of many tokens' },
  'delta-large': { seqLen: 17, deltaExponent: 6, softplus: true, note: 'Δ up to 127: exp(ΔA) underflows' },
  'A-near-0': { seqLen: 33, aExponent: -7, discretization: 'zoh', note: '(exp(ΔA) − 1)/(ΔA) near 1' },
  'A-0': { seqLen: 17, shape: (o) => o.A.fill(0), discretization: 'zoh', note: 'A = 0: a sum' },
  cancellation: { seqLen: 17, dState: 4, shape: cancelling, note: 'the terms of Σ_n C·h nearly cancel' },
  denormals: { seqLen: 9, h0: true, shape: denormal, wide: true, note: 'x and h0 below 2^−126' },
  'gate-large': { seqLen: 17, D: true, z: true, shape: ({ z }) => scaleBy(z!, 16), note: 'z up to ±64' },
};

const lengths = [0, 1, 2, 3, 7, 8, 15, 16, 31, 33, 63, 65, 127, 129];
const longLengths = [255, 257, 511, 513, 1023, 1025, 2047, 2049];

/** Slow decay: what a token leaves behind is still there after thousands. */
const slow = { seqLen: 4096, dInner: 2, dState: 2, deltaExponent: -6, aExponent: -2 };

const runs: Readonly<Record<string, Spec>> = {
  'length-4096': { ...slow, note: '4,096 tokens of slow decay' },
  impulse: {
    ...slow,
    D: true,
    shape: impulse,
    note: 'one token, then 4,095 of decay: a biased exp has nowhere to hide',
  },
  steps: { seqLen: 17, ...all, steps: true, note: 'one token a call' },
  drift: { ...slow, softplus: true, h0: true, shape: lowDelta, steps: true, note: '4,096 steps against the sequence' },
};

function aroundTheCut({ delta }: ScanOperands): void {
  const places = [-18, -17.5, 19.875, 20, 20.125, 24, 90, 100, -30, -9, 0, 16];
  for (let i = 0; i < delta.length; i++) delta[i] = places[(5 * i + Math.floor(i / 4)) % places.length]!;
}

function positiveBias({ deltaBias }: ScanOperands): void {
  for (let d = 0; d < deltaBias!.length; d++) deltaBias![d] = Math.abs(deltaBias![d]!) + 0.5;
}

/** States 2j and 2j + 1 decay alike but for a 64th, are driven alike, and read with opposite signs. */
function cancelling({ A, B, C }: ScanOperands): void {
  for (let i = 1; i < B.length; i += 2) [B[i], C[i]] = [B[i - 1]!, -C[i - 1]!];
  for (let i = 1; i < A.length; i += 2) A[i] = A[i - 1]! - 1 / 64;
}

function denormal({ x, h0 }: ScanOperands): void {
  scaleBy(x, 2 ** -130);
  scaleBy(h0!, 2 ** -135);
}

function scaleBy(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor;
}

function impulse({ x, delta, B, C, D }: ScanOperands): void {
  for (const values of [x, B, C]) for (let i = 0; i < values.length; i++) values[i] = Math.abs(values[i]!) + 1 / 64;
  x.fill(0, D!.length);
  delta.fill(2 ** -6 + 2 ** -13);
}

function lowDelta({ delta }: ScanOperands): void {
  for (let i = 0; i < delta.length; i++) delta[i] = Math.round(delta[i]! * 512) / 16 - 5;
}

/** @param full lengths around every power of two up to 2,048 as well */
export function* selectiveScanCases(seed: number, full: boolean): Generator<VectorCase> {
  const byLength = [...lengths, ...(full ? longLengths : [1025])].map((seqLen): [string, Spec] => {
    const small = { dInner: 2, dState: 2, softplus: true, D: true, z: true, h0: true };
    return [`length-${seqLen}`, { seqLen, ...small, note: `${seqLen} tokens` }];
  });
  const specs = [...Object.entries(modes), ...Object.entries(extremes), ...byLength, ...Object.entries(runs)];
  for (const [i, [name, spec]] of specs.entries()) yield selectiveScanCase(name, new Random(seed + 1000 + i), spec);
}

function selectiveScanCase(name: string, random: Random, spec: Spec): VectorCase {
  const input = drawScan(random, spec);
  const { seqLen, dInner, dState, groups, complex, constantB, constantC, discretization } = input;
  const { y, hLast } = selectiveScan(input);
  const cuSeqlens = Array.from(input.cuSeqlens!);
  const shapes = scanShapes({ ...input, cuSeqlens });
  const scales = { strict: selectiveScanScales(input, 'strict'), gpu: selectiveScanScales(input, 'gpu') };
  const state = narrowStateScales(input);
  const output = (key: 'y' | 'hLast', value: Float64Array) => ({
    ...{ ...shapes[key]!, value, scale: { strict: scales.strict[key], gpu: scales.gpu[key] } },
    ...{ state: state[key], factor: { strict: firstOrder, gpu: firstOrder }, basis: 'counted' as const },
  });
  return {
    ...{ name: `selectiveScan/${name}`, operation: 'selectiveScan', note: spec.note, narrow: spec.wide !== true },
    parameters: {
      ...{ seqLen, dInner, dState, groups: groups!, complex: complex!, constantB: constantB!, constantC: constantC! },
      ...{ softplus: input.deltaSoftplus!, discretization: discretization!, cuSeqlens },
      by: spec.steps ? 'steps' : 'sequence',
    },
    inputs: scanInputs(input),
    outputs: { y: output('y', y), hLast: output('hLast', hLast) },
  };
}
