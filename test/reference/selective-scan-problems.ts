/**
 * Selective-scan problems for property tests: every combination of options, sizes first, numbers on a grid.
 */
import fc from 'fast-check';
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { cuts, gridArray, lengths } from '../arbitraries.ts';

/** What a family of problems may contain. */
export interface ProblemOptions {
  readonly mostTokens?: number;
  readonly complex?: boolean;
  readonly packed?: boolean;
  /** Leave the gate, the only part that is not linear in x, out. */
  readonly gate?: boolean;
}

export function selectiveScanProblems(options: ProblemOptions = {}): fc.Arbitrary<SelectiveScanInput> {
  const { mostTokens = 20, complex = false, packed = true, gate = true } = options;
  return fc
    .record({
      seqLen: lengths(mostTokens),
      groups: fc.integer({ min: 1, max: 2 }),
      channelsPerGroup: fc.integer({ min: 0, max: 2 }),
      dState: fc.integer({ min: 0, max: 3 }),
      constantB: fc.boolean(),
      constantC: fc.boolean(),
    })
    .chain(({ channelsPerGroup, ...dims }) =>
      (packed ? cuts(dims.seqLen) : fc.constant(undefined)).chain((cuSeqlens) =>
        operands({ ...dims, dInner: dims.groups * channelsPerGroup, complex, cuSeqlens }, gate),
      ),
    );
}

type Dims = Pick<SelectiveScanInput, 'seqLen' | 'dInner' | 'dState' | 'constantB' | 'constantC' | 'cuSeqlens'> & {
  groups: number;
  complex: boolean;
};

function operands(dims: Dims, gate: boolean): fc.Arbitrary<SelectiveScanInput> {
  const { seqLen, dInner, dState, groups, constantB, constantC, complex, cuSeqlens } = dims;
  const width = complex ? 2 : 1;
  const perChannel = dInner * dState * width;
  const perToken = seqLen * groups * dState * width;
  const sequences = (cuSeqlens?.length ?? 2) - 1;
  const orNone = (array: fc.Arbitrary<Float64Array>) => fc.option(array, { nil: undefined });
  return fc.record({
    ...constants(dims),
    x: gridArray(seqLen * dInner),
    delta: gridArray(seqLen * dInner, 1),
    A: gridArray(perChannel, 1).map((A) => A.map((a, i) => (width === 1 || i % 2 === 0 ? -Math.abs(a) : a))),
    B: gridArray(constantB ? perChannel : perToken),
    C: gridArray(constantC ? perChannel : perToken),
    D: orNone(gridArray(dInner)),
    z: gate ? orNone(gridArray(seqLen * dInner, 4)) : fc.constant(undefined),
    deltaBias: orNone(gridArray(dInner, 1)),
    deltaSoftplus: fc.boolean(),
    discretization: fc.constantFrom('mamba' as const, 'zoh' as const),
    h0: orNone(gridArray(sequences * perChannel)),
  });
}

function constants<T extends object>(values: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fc.constant(value)])) as never;
}

/** Tokens from … to − 1 of an unpacked problem as a problem of its own, continuing from h0. */
export function slice(
  problem: SelectiveScanInput,
  from: number,
  to: number,
  h0: Float64Array | undefined,
): SelectiveScanInput {
  const { dInner, dState, groups = 1, constantB, constantC, complex, x, delta, z, B, C } = problem;
  const perToken = groups * dState * (complex ? 2 : 1);
  return {
    ...problem,
    seqLen: to - from,
    cuSeqlens: undefined,
    h0,
    x: x.slice(from * dInner, to * dInner),
    delta: delta.slice(from * dInner, to * dInner),
    z: z?.slice(from * dInner, to * dInner),
    B: constantB ? B : B.slice(from * perToken, to * perToken),
    C: constantC ? C : C.slice(from * perToken, to * perToken),
  };
}

/**
 * The same computation on magnitudes: what a rounding error is measured against. Δ and Ā are as in the problem, all
 * that is added is added with its absolute value.
 */
export function magnitudes(problem: SelectiveScanInput): SelectiveScanInput {
  const { x, B, C, D, h0 } = problem;
  return {
    ...problem,
    x: x.map(Math.abs),
    B: B.map(Math.abs),
    C: C.map(Math.abs),
    D: D?.map(Math.abs),
    h0: h0?.map(Math.abs),
  };
}
