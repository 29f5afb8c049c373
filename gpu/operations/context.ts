/**
 * What every operation needs: the machine, and where views lie.
 */
import type { Cell, View } from '../../src/engine/backend.ts';
import { GpuCell } from '../cells.ts';
import type { GpuMachine } from '../machine.ts';
import type { Value } from '../value.ts';

export function gpuCell(cell: Cell): GpuCell {
  if (cell instanceof GpuCell) return cell;
  throw new TypeError(`"${cell.name}" expected a cell of this backend, got another's`);
}

/** A view's numbers on the device. */
export function residentView(view: View): Value {
  return gpuCell(view.cell).resident();
}

/** An operand that may be absent: its numbers or one zero, and 1 or 0. */
export function optional(machine: GpuMachine, cell: Cell | undefined): readonly [Value, 0 | 1] {
  return cell === undefined ? [machine.nothing(), 0] : [gpuCell(cell).resident(), 1];
}

/**
 * Binds a contiguous result (rows, width) to a view. Columns of the cell outside the view keep their numbers; rows
 * behind the last one become undefined.
 */
export function bindRows(machine: GpuMachine, out: View, rows: number, width: number, fresh: Value): void {
  const { cell, offset, stride } = out;
  if (offset === 0 && stride === width) {
    gpuCell(cell).bind(fresh);
    return;
  }
  const old = residentView(out);
  const merged = machine.call('mergeColumns', [stride, rows], old, fresh, stride, offset, width);
  fresh.delete();
  gpuCell(cell).bind(merged);
}

/** Frees intermediate results. */
export function release(...values: readonly (Value | undefined)[]): void {
  for (const value of values) value?.delete();
}
