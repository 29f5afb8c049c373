/**
 * What the cases of the selective scan are: every mode, every kind of length, extreme but legal operands, and the step
 * against the sequence over thousands of tokens.
 */
import {
  aroundTheCut,
  belowTheCut,
  cancelling,
  denormal,
  impulse,
  lowDelta,
  positiveBias,
  scaleBy,
} from './operand-shapes.ts';
import type { ScanSpec } from './scan-spec.ts';

const all = { softplus: true, bias: true, D: true, z: true, h0: true } as const;

export type Spec = ScanSpec & { readonly note: string; readonly steps?: boolean; readonly tiny?: boolean };

const packed = { seqLen: 14, cuSeqlens: [0, 5, 5, 6, 14] };

const packedLong = {
  ...{ seqLen: 1100, cuSeqlens: [0, 63, 64, 130, 257, 1023, 1026, 1100], dInner: 2, dState: 2 },
  ...{ softplus: true, deltaExponent: -1, aExponent: -3 },
};

/** Two tokens of one state, so that few roundings hide what softplus lost. */
export const middle = { seqLen: 2, dInner: 32, dState: 1, softplus: true, shape: belowTheCut };

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
  'softplus-middle': { ...middle, note: 'delta in 4…16: softplus is not x yet' },
  D: { seqLen: 9, D: true, note: 'skip connection' },
  gate: { seqLen: 9, D: true, z: true, note: 'D is inside the gate' },
  'initial-state': { seqLen: 9, h0: true, note: 'h[−1] is given' },
  packed: { ...packed, h0: true, note: 'four sequences, one of them empty, each with its state' },
  'packed-from-nothing': {
    ...packed,
    softplus: true,
    D: true,
    note: 'packed without initial states: each from nothing',
  },
  'packed-all': { ...packed, ...all, dInner: 4, groups: 2, note: 'every switch at once' },
  all: { seqLen: 33, ...all, dInner: 6, dState: 16, groups: 2, note: 'every switch at once, 16 states' },
  complex: { seqLen: 9, complex: true, note: 'A, B, C and h complex: 2·Re' },
  'complex-all': { ...packed, ...all, complex: true, groups: 2, note: 'complex with every switch' },
  'complex-constant': { seqLen: 9, complex: true, constantB: true, constantC: true, note: 'complex, B and C (d, n)' },
};

const hold = { discretization: 'zoh' } as const;

/** Zero-order hold, where a kernel may have it in one way only. */
const held: Readonly<Record<string, Spec>> = {
  zoh: { seqLen: 17, ...hold, ...all, note: 'zero-order hold for B too' },
  'zoh-packed': { ...packed, ...hold, ...all, groups: 2, note: 'zero-order hold, packed, every switch at once' },
  'zoh-constant-B': { seqLen: 9, ...hold, constantB: true, note: 'zero-order hold, B is (d, n)' },
  'zoh-constant-C': { seqLen: 9, ...hold, constantC: true, note: 'zero-order hold, C is (d, n)' },
  'zoh-steps': { seqLen: 9, ...hold, ...all, steps: true, note: 'zero-order hold, one token a call' },
  'zoh-complex': {
    ...packed,
    ...hold,
    ...all,
    complex: true,
    groups: 2,
    note: 'zero-order hold, complex with every switch',
  },
};

/** What a kernel cuts into tiles: many channels, many states, boundaries of sequences inside and between tiles. */
const tiles: Readonly<Record<string, Spec>> = {
  'channels-67': { seqLen: 5, ...all, dInner: 67, dState: 2, note: '67 channels' },
  'channels-groups': { seqLen: 5, ...all, dInner: 130, dState: 1, groups: 2, note: '130 channels in two groups' },
  'states-33': { seqLen: 5, ...all, dInner: 2, dState: 33, note: '33 states' },
  'states-67': { seqLen: 5, ...all, dInner: 2, dState: 67, note: '67 states' },
  'packed-long': { ...packedLong, h0: true, note: 'packed, across 64, 256 and 1,024 tokens, each with its state' },
  'packed-long-from-nothing': { ...packedLong, note: 'packed, across 64, 256 and 1,024 tokens, each from nothing' },
};

/** Numbers of 24 bits: inputs that are read as a narrower dtype show. */
const wides: Readonly<Record<string, Spec>> = {
  wide: { seqLen: 17, ...all, groups: 2, wide: true, note: 'numbers of 24 bits, every switch at once' },
  'wide-plain': { seqLen: 9, wide: true, note: 'numbers of 24 bits, nothing but the recurrence' },
  'wide-complex': { seqLen: 9, complex: true, ...all, wide: true, note: 'numbers of 24 bits, complex' },
  'wide-constant': {
    seqLen: 9,
    constantB: true,
    constantC: true,
    wide: true,
    note: 'numbers of 24 bits, B and C (d, n)',
  },
};

const extremes: Readonly<Record<string, Spec>> = {
  'delta-to-0': { seqLen: 33, deltaExponent: -8, h0: true, note: 'Δ below 2^−7: a memory of many tokens' },
  'delta-large': { seqLen: 17, deltaExponent: 6, softplus: true, note: 'Δ up to 127: exp(ΔA) underflows' },
  'A-near-0': { seqLen: 33, aExponent: -7, discretization: 'zoh', note: '(exp(ΔA) − 1)/(ΔA) near 1' },
  'A-0': { seqLen: 17, shape: (o) => o.A.fill(0), discretization: 'zoh', note: 'A = 0: a sum' },
  cancellation: { seqLen: 17, dState: 4, shape: cancelling, note: 'the terms of Σ_n C·h nearly cancel' },
  denormals: { seqLen: 9, h0: true, shape: denormal, tiny: true, note: 'x and h0 below 2^−126' },
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
  drift: {
    ...{ ...slow, dInner: 1, softplus: true, h0: true, shape: lowDelta, steps: true },
    note: '4,096 steps against the sequence',
  },
};

/** @param full lengths around every power of two up to 2,048 as well */
export function selectiveScanSpecs(full: boolean): (readonly [name: string, spec: Spec])[] {
  const byLength = [...lengths, ...(full ? longLengths : [1025])].map((seqLen): [string, Spec] => {
    const small = { dInner: 2, dState: 2, softplus: true, D: true, z: true, h0: true };
    return [`length-${seqLen}`, { seqLen, ...small, note: `${seqLen} tokens` }];
  });
  return [
    ...Object.entries({ ...modes, ...held, ...tiles, ...wides, ...extremes }),
    ...byLength,
    ...Object.entries(runs),
  ];
}
