/**
 * From a few switches to the operands of a selective scan: the cases of the vectors differ in one switch each.
 */
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import type { Discretization, Floats } from '../../reference/types.ts';
import type { Random } from '../random.ts';
import { grid as narrowGrid, negativeGrid as narrowNegativeGrid, widened } from './grid.ts';
import type { Axes, VectorInput } from './vector-case.ts';

/** All false or absent is the plain scan: variable B and C, no bias, no gate, from nothing. */
export interface ScanSpec {
  readonly seqLen: number;
  readonly dInner?: number;
  readonly dState?: number;
  readonly groups?: number;
  readonly complex?: boolean;
  readonly constantB?: boolean;
  readonly constantC?: boolean;
  readonly softplus?: boolean;
  readonly bias?: boolean;
  readonly D?: boolean;
  readonly z?: boolean;
  readonly h0?: boolean;
  readonly cuSeqlens?: readonly number[];
  readonly discretization?: Discretization;
  /** delta is of the size of 2^this, A of 2^that. */
  readonly deltaExponent?: number;
  readonly aExponent?: number;
  /** Numbers of 24 bits, which no narrower dtype holds. */
  readonly wide?: boolean;
  /** Changes the operands, which are fresh. */
  readonly shape?: (operands: ScanOperands) => void;
}

export interface ScanOperands {
  readonly x: Float32Array;
  readonly delta: Float32Array;
  readonly A: Float32Array;
  readonly B: Float32Array;
  readonly C: Float32Array;
  readonly D?: Float32Array | undefined;
  readonly z?: Float32Array | undefined;
  readonly deltaBias?: Float32Array | undefined;
  readonly h0?: Float32Array | undefined;
}

const wideGrid = (...draw: Parameters<typeof narrowGrid>) => widened(narrowGrid(...draw));
const wideNegativeGrid = (...draw: Parameters<typeof narrowGrid>) => widened(narrowNegativeGrid(...draw));

/** The operands in the reference's words, and which of them there are. */
export function drawScan(random: Random, spec: ScanSpec): SelectiveScanInput & ScanOperands {
  const { seqLen, dInner = 4, dState = 3, groups = 1, complex = false, constantB = false, constantC = false } = spec;
  const [grid, negativeGrid] = spec.wide ? [wideGrid, wideNegativeGrid] : [narrowGrid, narrowNegativeGrid];
  const { deltaExponent = 0, aExponent = 0, cuSeqlens = [0, seqLen], discretization = 'mamba' } = spec;
  const parts = complex ? 2 : 1;
  const states = dInner * dState * parts;
  const shared = (constant: boolean) => grid(random, constant ? states : seqLen * groups * dState * parts);
  const delta = grid(random, seqLen * dInner, deltaExponent);
  const maybe = (there: boolean | undefined, length: number, exponent = 0) =>
    there ? grid(random, length, exponent) : undefined;
  const operands: ScanOperands = {
    x: grid(random, seqLen * dInner),
    delta: spec.softplus ? delta : delta.map(Math.abs),
    A: drawA(spec, (turning) => (turning ? grid : negativeGrid)(random, dInner * dState, aExponent)),
    B: shared(constantB),
    C: shared(constantC),
    D: maybe(spec.D, dInner),
    z: maybe(spec.z, seqLen * dInner, 1),
    deltaBias: maybe(spec.bias, dInner, -1),
    h0: maybe(spec.h0, (cuSeqlens.length - 1) * states),
  };
  spec.shape?.(operands);
  const sizes = { seqLen, dInner, dState, groups, complex, constantB, constantC, cuSeqlens, discretization };
  return { ...sizes, deltaSoftplus: spec.softplus === true, ...operands };
}

/** Decay; a complex A turns too, by up to two radians at Δ = 1. */
function drawA({ complex = false }: ScanSpec, draw: (turning: boolean) => Float32Array): Float32Array {
  const real = draw(false);
  if (!complex) return real;
  const turn = draw(true);
  return Float32Array.from({ length: 2 * real.length }, (_, i) => (i % 2 === 0 ? real : turn)[Math.floor(i / 2)]!);
}

type Sized = Pick<
  SelectiveScanInput,
  'seqLen' | 'dInner' | 'dState' | 'groups' | 'complex' | 'constantB' | 'constantC'
> & {
  readonly cuSeqlens: ArrayLike<number>;
};

/** Axes and sizes of every operand, output and gradient of a scan, by its name. */
export function scanShapes(input: Sized): Readonly<Record<string, { readonly axes: Axes; readonly shape: number[] }>> {
  const { seqLen: t, dInner: d, dState: n, groups: g = 1 } = input;
  const sizes: Readonly<Record<string, number>> = { s: input.cuSeqlens.length - 1, t, g, d, n, re_im: 2 };
  const shaped = (...axes: string[]) => ({ axes, shape: axes.map((axis) => sizes[axis]!) });
  const ofA = input.complex ? ['re_im'] : [];
  const channel = shaped('d', 'n', ...ofA);
  const token = shaped('t', 'g', 'n', ...ofA);
  const row = shaped('t', 'd');
  const state = shaped('s', 'd', 'n', ...ofA);
  const [B, C] = [input.constantB ? channel : token, input.constantC ? channel : token];
  return {
    ...{ x: row, delta: row, z: row, y: row, A: channel, B, C, D: shaped('d'), deltaBias: shaped('d') },
    ...{ h0: state, hLast: state, dX: row, dDelta: row, dZ: row, dY: row, dA: channel, dB: B, dC: C },
    ...{ dD: shaped('d'), dDeltaBias: shaped('d'), dH0: state, dHLast: state },
  };
}

/** The operands that are there, as inputs of a case. */
export function scanInputs(input: SelectiveScanInput & ScanOperands, more: Readonly<Record<string, Floats>> = {}) {
  const shapes = scanShapes({ ...input, cuSeqlens: input.cuSeqlens! });
  const { x, delta, A, B, C, D, z, deltaBias, h0 } = input;
  const inputs: Record<string, VectorInput> = {};
  for (const [name, data] of Object.entries({ x, delta, A, B, C, D, z, deltaBias, h0, ...more })) {
    if (data !== undefined) inputs[name] = { ...shapes[name]!, data: data as Float32Array };
  }
  return inputs;
}
