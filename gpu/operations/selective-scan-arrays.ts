/**
 * The fused selective scan on plain arrays: the Backend's operation on cells made for one call.
 */
import type { View } from '../../src/engine/backend.ts';
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { sequenceBounds } from '../../src/reference/selective-scan-input.ts';
import { GpuCell } from '../cells.ts';
import type { GpuMachine } from '../machine.ts';
import { selectiveScan } from './selective-scan.ts';

export interface ScanArrays {
  readonly y: Float32Array; // (seqLen, dInner)
  readonly hLast: Float32Array; // (sequences, dInner, dState)
}

export async function selectiveScanOfArrays(machine: GpuMachine, input: SelectiveScanInput): Promise<ScanArrays> {
  const { seqLen, dInner, dState, groups = 1, deltaSoftplus = false, discretization = 'mamba' } = input;
  const bounds = sequenceBounds(seqLen, input.cuSeqlens);
  const states = bounds.length * dInner * dState;
  const made: GpuCell[] = [];
  const cell = (name: string, data: ArrayLike<number>): GpuCell => {
    const fresh = new GpuCell(machine, name, 'f32', data.length);
    fresh.set(Float32Array.from(data));
    made.push(fresh);
    return fresh;
  };
  const optional = (name: string, data: ArrayLike<number> | undefined) => (data ? cell(name, data) : undefined);
  const rows = (of: GpuCell, stride: number): View => ({ cell: of, offset: 0, stride });
  const [y, h] = [cell('y', new Float32Array(seqLen * dInner)), cell('h', input.h0 ?? new Float32Array(states))];
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
