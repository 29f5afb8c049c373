/**
 * The selective scan as kernels: which operations a problem of plain arrays becomes, fused or through memory.
 */
import type { SelectiveScanInput } from '../reference/selective-scan-input.ts';
import { sequenceBounds } from '../reference/selective-scan-input.ts';
import type { KernelOperands, Place } from './kernel-operands.ts';

/** As the reference's, rounded. */
export interface KernelScanOutput {
  readonly y: Float32Array; // (seqLen, dInner)
  readonly hLast: Float32Array; // (sequences, dInner, dState)
}

/** Bits of the kernels' `flags`. */
const flagBits = { deltaSoftplus: 1, constantB: 2, constantC: 4, zoh: 8 } as const;

export function placeSelectiveScan(input: SelectiveScanInput, unfused: boolean): Place<KernelScanOutput> {
  const { seqLen, dInner, dState } = input;
  return (operands, push) => {
    const out = operands.room('y', 4 * seqLen * dInner);
    const scan = { ...operandsOf(operands, input), out, outStride: dInner };
    const states = scan.sequences * dInner * dState;
    const h = input.h0 === undefined ? operands.room('h', 4 * states) : operands.f32('h', input.h0);
    const args = { ...scan, ...stridesOf(input), h };
    const units = Math.ceil(dInner / 4);
    if (unfused) {
      const stored = 4 * seqLen * dInner * dState;
      const [aBar, bX] = [operands.room('aBar', stored), operands.room('bX', stored)];
      for (const pass of [0, 1, 2]) push('selectiveScanUnfused', { ...args, aBar, bX, pass }, units);
    } else {
      push('selectiveScan', args, units);
    }
    return () => ({ y: operands.readF32(out, seqLen * dInner), hLast: operands.readF32(h, states) });
  };
}

/** What forward and backward read alike. */
export function operandsOf(operands: KernelOperands, input: SelectiveScanInput) {
  const { seqLen, dInner, dState, groups = 1 } = input;
  const sequences = sequenceBounds(seqLen, input.cuSeqlens);
  const bounds = sequences.flatMap(({ start, end }) => [start, end]);
  return {
    ...{ x: operands.f32('x', input.x), delta: operands.f32('delta', input.delta), A: operands.f32('A', input.A) },
    ...{ B: operands.f32('B', input.B), C: operands.f32('C', input.C), D: operands.f32('D', input.D) },
    ...{ z: operands.f32('z', input.z), deltaBias: operands.f32('deltaBias', input.deltaBias) },
    ...{ bounds: operands.words('bounds', bounds), sequences: sequences.length },
    ...{ dInner, dState, groups, flags: flagsOf(input) },
  };
}

/** Rows of plain arrays lie end to end. */
function stridesOf({ dInner, dState, groups = 1 }: SelectiveScanInput) {
  const bStride = groups * dState;
  return { xStride: dInner, deltaStride: dInner, zStride: dInner, bStride, cStride: bStride };
}

function flagsOf({ deltaSoftplus, constantB, constantC, discretization }: SelectiveScanInput): number {
  return (
    (deltaSoftplus ? flagBits.deltaSoftplus : 0) |
    (constantB ? flagBits.constantB : 0) |
    (constantC ? flagBits.constantC : 0) |
    (discretization === 'zoh' ? flagBits.zoh : 0)
  );
}
