/** rmsNorm and copyRows. */
import type { CopyRowsOperands, RmsNormOperands } from '../../src/engine/backend.ts';
import type { GpuMachine } from '../machine.ts';
import { bindRows, gpuCell, optional, release, residentView } from './context.ts';

/** Up to so many rows every thread sums its row again: one kernel call instead of two. */
const rowsSummedAgain = 4;

export async function rmsNorm(machine: GpuMachine, operands: RmsNormOperands): Promise<void> {
  const { out, x, weight, rows, width, eps } = operands;
  if (rows === 0 || width === 0) return;
  const input = await residentView(machine, x);
  const [scale, hasWeight] = await optional(machine, weight);
  const { offset, stride } = x;
  if (rows <= rowsSummedAgain) {
    const fresh = await machine.call('rmsNorm', [width, rows], input, scale, offset, stride, width, eps, hasWeight);
    return bindRows(machine, out, rows, width, fresh);
  }
  const inverse = await machine.call('inverseRms', [rows], input, offset, stride, width, eps);
  const fresh = await machine.call('scaleRows', [width, rows], input, inverse, scale, offset, stride, hasWeight);
  release(inverse);
  await bindRows(machine, out, rows, width, fresh);
}

export async function copyRows(machine: GpuMachine, { out, x, index, rows, width }: CopyRowsOperands): Promise<void> {
  if (rows === 0 || width === 0) return;
  const [from, places] = [await residentView(machine, x), await gpuCell(index).resident(machine)];
  const fresh = await machine.call('copyRows', [width, rows], from, places, x.offset, x.stride);
  await bindRows(machine, out, rows, width, fresh);
}
