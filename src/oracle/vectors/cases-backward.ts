/**
 * The cases of the selective scan's gradients, under Mamba's rule and zero-order hold.
 */
import { selectiveScanBackward } from '../../reference/selective-scan-backward.ts';
import type { Random } from '../random.ts';
import { backwardScales } from './backward-scales.ts';
import { byExp } from './cases-scan.ts';
import { firstOrder } from './cases-selective-scan.ts';
import { grid, randomOf, widened } from './grid.ts';
import { narrowestState } from './narrowest-state.ts';
import type { ScanOperands, ScanSpec } from './scan-spec.ts';
import { drawScan, scanInputs, scanShapes } from './scan-spec.ts';
import { middle } from './selective-scan-specs.ts';
import { narrowStateScales } from './state-scales.ts';
import type { VectorCase, VectorOutput } from './vector-case.ts';

const all = { softplus: true, bias: true, D: true, z: true, h0: true } as const;

const packed = { seqLen: 12, cuSeqlens: [0, 4, 4, 5, 12] };

/** Gradients that come back through hundreds of tokens. */
const long = { ...all, dInner: 2, dState: 2, deltaExponent: -3, aExponent: -4 };

type Spec = ScanSpec & { readonly note: string; readonly lastGradient?: boolean };

const specs: Readonly<Record<string, Spec>> = {
  plain: { seqLen: 7, note: 'nothing but the recurrence' },
  'constant-B-C': {
    seqLen: 7,
    constantB: true,
    constantC: true,
    note: 'B and C are (d, n): gradients sum over tokens',
  },
  'constant-B': { seqLen: 7, constantB: true, note: 'B is (d, n), C is not' },
  'constant-C': { seqLen: 7, constantC: true, note: 'C is (d, n), B is not' },
  groups: { seqLen: 7, dInner: 6, groups: 3, note: 'gradients of B and C sum over the channels of a group' },
  softplus: { seqLen: 9, softplus: true, bias: true, deltaExponent: 3, note: 'the slope of softplus' },
  gate: { seqLen: 7, D: true, z: true, note: 'D and the gate' },
  state: { seqLen: 7, h0: true, lastGradient: true, note: 'gradients into and out of the state' },
  packed: { ...packed, ...all, lastGradient: true, note: 'packed sequences' },
  all: { seqLen: 17, dInner: 4, dState: 8, groups: 2, ...all, lastGradient: true, note: 'every switch at once' },
  complex: { seqLen: 7, complex: true, note: 'complex A, B, C' },
  'complex-all': { seqLen: 9, complex: true, groups: 2, ...all, lastGradient: true, note: 'complex with every switch' },
  'complex-constant': {
    ...{ seqLen: 7, complex: true, constantB: true, constantC: true, note: 'complex, B and C (d, n)' },
  },
  'complex-packed': { ...packed, complex: true, ...all, lastGradient: true, note: 'complex, packed' },
  'length-1': { seqLen: 1, ...all, lastGradient: true, note: '1 token' },
  'length-129': { seqLen: 129, dInner: 2, dState: 2, ...all, note: '129 tokens' },
  'length-513': { seqLen: 513, ...long, note: '513 tokens of slow decay' },
  'softplus-middle': { ...middle, note: 'delta in 4…16: the slope of softplus is not 1 yet' },
  'channels-67': { seqLen: 5, ...all, dInner: 67, dState: 2, note: '67 channels' },
  'states-33': { seqLen: 5, ...all, dInner: 2, dState: 33, note: '33 states' },
  'packed-from-nothing': { ...packed, D: true, note: 'packed without initial states' },
  'packed-long': {
    ...{ seqLen: 515, cuSeqlens: [0, 63, 64, 130, 257, 515], ...long, lastGradient: true },
    note: 'packed, across 64 and 256 tokens',
  },
  wide: {
    seqLen: 9,
    ...all,
    groups: 2,
    lastGradient: true,
    wide: true,
    note: 'numbers of 24 bits, every switch at once',
  },
  'wide-plain': { seqLen: 7, wide: true, note: 'numbers of 24 bits, nothing but the recurrence' },
  'wide-complex': { seqLen: 7, complex: true, ...all, wide: true, note: 'numbers of 24 bits, complex' },
};

const hold = { discretization: 'zoh', lastGradient: true } as const;

/** B̄ = Δ·φ(ΔA)·B: φ and φ′ far from 0, near it and at it. */
const zohSpecs: Readonly<Record<string, Spec>> = {
  zoh: { seqLen: 9, ...hold, ...all, groups: 2, note: 'zero-order hold for B, every switch at once' },
  'zoh-packed': { ...packed, ...hold, ...all, note: 'zero-order hold, packed sequences' },
  'zoh-length-1': {
    seqLen: 1,
    ...hold,
    ...all,
    dInner: 32,
    dState: 1,
    aExponent: 2,
    groups: 2,
    note: 'zero-order hold, 1 token of 1 state',
  },
  'zoh-A-near-0': { seqLen: 17, ...hold, aExponent: -7, note: 'φ near 1 and φ′ near ½, where differences cancel' },
  'zoh-A-0': { seqLen: 7, ...hold, shape: (o) => o.A.fill(0), note: 'A = 0: φ = 1, φ′ = ½' },
  'zoh-complex': { seqLen: 9, ...hold, ...all, complex: true, note: 'zero-order hold, complex with every switch' },
  'zoh-complex-near-0': { seqLen: 9, ...hold, complex: true, aExponent: -7, note: 'complex φ near 1' },
  'zoh-wide': { seqLen: 9, ...hold, ...all, wide: true, note: 'zero-order hold, numbers of 24 bits' },
};

const fullSpecs: Readonly<Record<string, Spec>> = {
  'length-1025': { seqLen: 1025, ...long, note: '1,025 tokens of slow decay' },
  'length-2049': { seqLen: 2049, ...long, note: '2,049 tokens of slow decay' },
};

/** @param full gradients through more than a thousand tokens as well */
export function* backwardCases(seed: number, full = false): Generator<VectorCase> {
  for (const [name, spec] of Object.entries({ ...specs, ...zohSpecs, ...(full && fullSpecs) })) {
    yield backwardCase(name, randomOf(seed, `selectiveScanBackward/${name}`), spec);
  }
}

function backwardCase(name: string, random: Random, spec: Spec): VectorCase {
  const input = drawScan(random, spec);
  const { seqLen, dInner, dState, groups, complex, constantB, constantC } = input;
  const cuSeqlens = Array.from(input.cuSeqlens!);
  const shapes = scanShapes({ ...input, cuSeqlens });
  const gradient = (length: number) => (spec.wide ? widened(grid(random, length)) : grid(random, length));
  const dY = gradient(seqLen * dInner);
  const states = (cuSeqlens.length - 1) * dInner * dState * (complex ? 2 : 1);
  const dHLast = spec.lastGradient ? gradient(states) : undefined;
  const gradients = selectiveScanBackward(input, { dY, dHLast });
  const scales = byExp((exp) => backwardScales(input, { dY, dHLast }, exp));
  const { narrowestState: narrowest } = narrowestState((u) => narrowStateScales(input, u));
  const asked = Object.keys(gradients).filter((key) => isAsked(key, input)) as (keyof typeof gradients)[];
  const output = (key: keyof typeof gradients): VectorOutput => ({
    ...{ ...shapes[key]!, value: gradients[key], scale: { strict: scales.strict[key], gpu: scales.gpu[key] } },
    ...{ factor: { strict: firstOrder, gpu: firstOrder }, basis: 'counted' },
  });
  return {
    ...{
      name: `selectiveScanBackward/${name}`,
      operation: 'selectiveScanBackward',
      note: spec.note,
      narrow: !spec.wide,
      ...(narrowest && { narrowestState: narrowest }),
    },
    parameters: {
      ...{ seqLen, dInner, dState, groups: groups!, complex: complex!, constantB: constantB!, constantC: constantC! },
      ...{ softplus: input.deltaSoftplus!, discretization: input.discretization!, cuSeqlens },
    },
    inputs: scanInputs(input, { dY, ...(dHLast && { dHLast }) }),
    outputs: Object.fromEntries(asked.map((key) => [key, output(key)])),
  };
}

/** No gradient by what is not there. */
function isAsked(key: string, input: ScanOperands): boolean {
  const operands: Readonly<Record<string, keyof ScanOperands>> = {
    dD: 'D',
    dZ: 'z',
    dDeltaBias: 'deltaBias',
    dH0: 'h0',
  };
  const operand = operands[key];
  return operand === undefined || input[operand] !== undefined;
}
