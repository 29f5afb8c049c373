/**
 * The fused selective scan on plain arrays: the Backend's operation on cells made for a piece of the tokens, the states going
 * from piece to piece. So a call is short however many tokens there are, and time grows with their number: in one piece the
 * scan over its chunks grows with their square.
 */
import type { View } from '../../src/engine/backend.ts';
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { sequenceBounds } from '../../src/reference/selective-scan-input.ts';
import type { Floats } from '../../src/reference/types.ts';
import { GpuCell } from '../cells.ts';
import type { GpuMachine } from '../machine.ts';
import { selectiveScan } from './selective-scan.ts';

/** Tokens of a piece. */
export const tokensOfPiece = 512;

export interface ScanArrays {
  readonly y: Float32Array; // (seqLen, dInner)
  readonly hLast: Float32Array; // (sequences, dInner, dState)
}

export async function selectiveScanOfArrays(machine: GpuMachine, input: SelectiveScanInput): Promise<ScanArrays> {
  const { seqLen, dInner, dState } = input;
  const bounds = sequenceBounds(seqLen, input.cuSeqlens);
  const y = new Float32Array(seqLen * dInner);
  let hLast = Float32Array.from(input.h0 ?? new Float32Array(bounds.length * dInner * dState));
  for (let from = 0; from < seqLen; from += tokensOfPiece) {
    const to = Math.min(from + tokensOfPiece, seqLen);
    const within = (row: number) => Math.min(Math.max(row, from), to) - from;
    const here = bounds.map(({ start, end }) => ({ start: within(start), end: within(end) }));
    const piece = await scanPiece(machine, rowsOf(input, from, to), here, hLast);
    y.set(piece.y, from * dInner);
    hLast = Float32Array.from(piece.hLast);
  }
  return { y, hLast };
}

/** The operands of some tokens. */
function rowsOf(input: SelectiveScanInput, from: number, to: number): SelectiveScanInput {
  const { dInner, dState, groups = 1, x, delta, B, C, z } = input;
  const cut = (of: Floats, width: number) => of.subarray(from * width, to * width);
  const [channels, projections] = [dInner, groups * dState];
  const cutAll = { x: cut(x, channels), delta: cut(delta, channels), B: cut(B, projections), C: cut(C, projections) };
  return { ...input, ...cutAll, z: z && cut(z, channels), seqLen: to - from };
}

interface Bounds {
  readonly start: number;
  readonly end: number;
}

async function scanPiece(
  machine: GpuMachine,
  input: SelectiveScanInput,
  bounds: readonly Bounds[],
  states: Float32Array,
): Promise<ScanArrays> {
  const { seqLen, dInner, dState, groups = 1, deltaSoftplus = false, discretization = 'mamba' } = input;
  const made: GpuCell[] = [];
  const cell = (name: string, data: ArrayLike<number>): GpuCell => {
    const fresh = new GpuCell(machine, name, 'f32', data.length);
    fresh.set(Float32Array.from(data));
    made.push(fresh);
    return fresh;
  };
  const optional = (name: string, data: ArrayLike<number> | undefined) => (data ? cell(name, data) : undefined);
  const rows = (of: GpuCell, stride: number): View => ({ cell: of, offset: 0, stride });
  const [y, h] = [cell('y', new Float32Array(seqLen * dInner)), cell('h', states)];
  const z = optional('z', input.z);
  try {
    selectiveScan(machine, {
      ...{ rows: seqLen, sequences: bounds.length, dInner, dState, groups, softplus: deltaSoftplus, discretization },
      ...{ out: rows(y, dInner), x: rows(cell('x', input.x), dInner), delta: rows(cell('delta', input.delta), dInner) },
      B: rows(cell('B', input.B), groups * dState),
      C: rows(cell('C', input.C), groups * dState),
      ...{ A: cell('A', input.A), D: optional('D', input.D), deltaBias: optional('deltaBias', input.deltaBias) },
      ...{ z: z && rows(z, dInner), h },
      bounds: cell(
        'bounds',
        bounds.flatMap(({ start, end }) => [start, end]),
      ),
    });
    return { y: await numbersOf(machine, y), hLast: await numbersOf(machine, h) };
  } finally {
    for (const each of made) each.free();
    await machine.settle();
  }
}

function numbersOf(machine: GpuMachine, { host, value, length }: GpuCell): Promise<Float32Array> {
  return host === undefined ? machine.read(value!, 0, length) : Promise.resolve(host);
}
