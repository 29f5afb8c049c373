/**
 * What the tests of WasmKernels share: kernels of one thread and of two, the builds that run here, and selective-scan
 * problems on the grid k/8, exact in float32 and far from underflow, with sizes around vectors of four and blocks of 16
 * channels. How exact the kernels are is judged in conformance.test.ts, on the suite's problems.
 */
import fc from 'fast-check';
import type { Target } from '../../src/oracle/target.ts';
import { createWasmTarget } from '../../src/oracle/wasm-target.ts';
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import type { WasmBackend } from '../../src/wasm/backend.ts';
import { WasmKernels } from '../../src/wasm/kernels.ts';
import { cuts, lengths } from '../arbitraries.ts';
import { seededGrid } from '../reference/seeded-grid.ts';
import { slice } from '../reference/selective-scan-problems.ts';
import { buildsUnderTest, strictBackend } from './targets.ts';

export interface KernelsUnderTest {
  readonly name: string;
  readonly kernels: WasmKernels;
  /** The same backend as the suite sees it. */
  readonly target: Target;
  /** Bytes in use on the heap. */
  resident(): number;
  dispose(): void;
}

/** Every build that runs here; those for threads with two. */
export async function kernelsUnderTest(): Promise<readonly KernelsUnderTest[]> {
  const builds = await buildsUnderTest();
  return builds.flatMap(({ build, backend }) => (backend === undefined ? [] : [kernelsOf(build, backend)]));
}

/** The strict build with two threads that have both begun to work. */
export async function twoThreads(): Promise<KernelsUnderTest> {
  const under = kernelsOf('two threads', await strictBackend(2));
  await under.kernels.exp(new Float32Array(1));
  await new Promise((resolve) => setTimeout(resolve, 300));
  return under;
}

function kernelsOf(name: string, backend: WasmBackend): KernelsUnderTest {
  return {
    name,
    kernels: new WasmKernels(backend),
    target: createWasmTarget(backend),
    resident: () => backend.residentBytes,
    dispose: () => backend.dispose(),
  };
}

/** Three tokens, two channels, two states, all zeros: to be refused for one wrong operand. */
export function zeroInput() {
  const zeros = (length: number) => new Float32Array(length);
  const operands = { x: zeros(6), delta: zeros(6), A: zeros(4), B: zeros(6), C: zeros(6) };
  return { seqLen: 3, dInner: 2, dState: 2, ...operands };
}

/** The same with complex A, B and C. */
export function complexInput() {
  const zeros = (length: number) => new Float32Array(length);
  return { ...zeroInput(), complex: true, A: zeros(8), B: zeros(12), C: zeros(12) };
}

export interface ScanProblem {
  readonly input: SelectiveScanInput;
  readonly dY: Float64Array;
  readonly dHLast: Float64Array | undefined;
  readonly chunk: number;
  /** Sizes and seed instead of arrays, when fast-check reports a counterexample. */
  readonly [fc.toStringMethod]?: () => string;
}

/** `magnitude` multiplies x, B and C off the grid, so that products round. */
export function scanProblems(options: { discretization?: 'mamba' } = {}): fc.Arbitrary<ScanProblem> {
  return fc
    .record({
      seqLen: lengths(20),
      groups: fc.integer({ min: 1, max: 3 }),
      channels: fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 16, 17),
      dState: fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 16, 17),
      switches: fc.record({ constantB: fc.boolean(), constantC: fc.boolean(), deltaSoftplus: fc.boolean() }),
      present: fc.record({ D: fc.boolean(), z: fc.boolean(), deltaBias: fc.boolean(), h0: fc.boolean() }),
      dHLast: fc.boolean(),
      discretization: options.discretization
        ? fc.constant(options.discretization)
        : fc.constantFrom('mamba' as const, 'zoh' as const),
      chunk: fc.integer({ min: 1, max: 24 }),
      seed: fc.nat(),
      magnitude: fc.constantFrom(1, 0.3, 1 / 3),
    })
    .chain((drawn) => fc.record({ drawn: fc.constant(drawn), cuSeqlens: cuts(drawn.seqLen) }).map(problemOf));
}

function problemOf({ drawn, cuSeqlens }: { drawn: Drawn; cuSeqlens: number[] }): ScanProblem {
  const { seqLen, groups, channels, dState, switches, present, discretization, magnitude, chunk } = drawn;
  const take = seededGrid(drawn.seed);
  const rough = (length: number) => take(length, 2).map((v) => Math.fround(v * magnitude));
  const dInner = groups * channels;
  const perChannel = dInner * dState;
  const perToken = seqLen * groups * dState;
  const states = (cuSeqlens.length - 1) * perChannel;
  // Without softplus Δ may be negative and states grow: |ΔA| ≤ 1/2 then, at most e^10 in 20 tokens.
  const growth = switches.deltaSoftplus ? 1 : 1 / 16;
  return {
    input: {
      ...{ seqLen, dInner, dState, groups, cuSeqlens, discretization, ...switches },
      x: rough(seqLen * dInner),
      delta: rough(seqLen * dInner),
      A: rough(perChannel).map((a) => -Math.abs(a) * growth),
      B: rough(switches.constantB ? perChannel : perToken),
      C: rough(switches.constantC ? perChannel : perToken),
      D: present.D ? rough(dInner) : undefined,
      z: present.z ? take(seqLen * dInner, 8) : undefined,
      deltaBias: present.deltaBias ? rough(dInner) : undefined,
      h0: present.h0 ? rough(states) : undefined,
    },
    dY: rough(seqLen * dInner),
    dHLast: drawn.dHLast ? rough(states) : undefined,
    chunk,
    [fc.toStringMethod]: () => JSON.stringify({ ...drawn, cuSeqlens }),
  };
}

interface Drawn {
  readonly seqLen: number;
  readonly groups: number;
  readonly channels: number;
  readonly dState: number;
  readonly switches: { readonly constantB: boolean; readonly constantC: boolean; readonly deltaSoftplus: boolean };
  readonly present: Readonly<Record<'D' | 'z' | 'deltaBias' | 'h0', boolean>>;
  readonly dHLast: boolean;
  readonly discretization: 'mamba' | 'zoh';
  readonly chunk: number;
  readonly seed: number;
  readonly magnitude: number;
}

/** Each packed sequence as a problem of its own. */
export function sequencesOf({ input, dY, dHLast, chunk }: ScanProblem): ScanProblem[] {
  const bounds = Array.from(input.cuSeqlens!);
  const size = input.dInner * input.dState;
  return bounds.slice(1).map((end, s) => {
    const start = bounds[s]!;
    const h0 = input.h0 && Float64Array.from(input.h0).slice(s * size, (s + 1) * size);
    return {
      input: slice(input, start, end, h0),
      dY: dY.slice(start * input.dInner, end * input.dInner),
      dHLast: dHLast?.slice(s * size, (s + 1) * size),
      chunk,
    };
  });
}
