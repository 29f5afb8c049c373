/**
 * What every operation needs: the machine, and where views lie.
 */
import type { Cell, View } from '../../src/engine/backend.ts';
import { GpuCell } from '../cells.ts';
import type { Handle } from '../gpu-js.ts';
import type { GpuMachine } from '../machine.ts';

export function gpuCell(cell: Cell): GpuCell {
  if (cell instanceof GpuCell) return cell;
  throw new TypeError(`"${cell.name}" expected a cell of this backend, got another's`);
}

/** A view's numbers on the device. */
export function residentView(machine: GpuMachine, view: View): Promise<Handle> {
  return gpuCell(view.cell).resident(machine);
}

/** An operand that may be absent: its numbers or one zero, and 1 or 0. */
export async function optional(machine: GpuMachine, cell: Cell | undefined): Promise<readonly [Handle, 0 | 1]> {
  return cell === undefined ? [await machine.nothing(), 0] : [await gpuCell(cell).resident(machine), 1];
}

/**
 * Binds a contiguous result (rows, width) to a view. Columns of the cell outside the view keep their numbers; rows
 * behind the last one become undefined.
 */
export async function bindRows(
  machine: GpuMachine,
  out: View,
  rows: number,
  width: number,
  fresh: Handle,
): Promise<void> {
  const { cell, offset, stride } = out;
  if (offset === 0 && stride === width) return gpuCell(cell).bind(fresh);
  const old = await residentView(machine, out);
  const merged = await machine.call('mergeColumns', [stride, rows], old, fresh, stride, offset, width);
  fresh.delete();
  gpuCell(cell).bind(merged);
}

/** Frees intermediate results. */
export function release(...handles: readonly (Handle | undefined)[]): void {
  for (const handle of handles) handle?.delete();
}
