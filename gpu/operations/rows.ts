/** rmsNorm and copyRows. */
import type { CopyRowsOperands, RmsNormOperands } from '../../src/engine/backend.ts';
import type { GpuMachine } from '../machine.ts';
import { bindRows, gpuCell, optional, release, residentView } from './context.ts';

/** Up to so many rows every thread sums its row again: one kernel call instead of two. */
const rowsSummedAgain = 4;

export function rmsNorm(machine: GpuMachine, operands: RmsNormOperands): void {
  const { out, x, weight, rows, width, eps } = operands;
  if (rows === 0 || width === 0) return;
  const input = residentView(x);
  const [scale, hasWeight] = optional(machine, weight);
  const { offset, stride } = x;
  if (rows <= rowsSummedAgain) {
    const fresh = machine.call('rmsNorm', [width, rows], input, scale, offset, stride, width, eps, hasWeight);
    bindRows(machine, out, rows, width, fresh);
  } else {
    const inverse = machine.call('inverseRms', [rows], input, offset, stride, width, eps);
    const fresh = machine.call('scaleRows', [width, rows], input, inverse, scale, offset, stride, hasWeight);
    release(inverse);
    bindRows(machine, out, rows, width, fresh);
  }
}

export function copyRows(machine: GpuMachine, { out, x, index, rows, width }: CopyRowsOperands): void {
  if (rows === 0 || width === 0) return;
  const [from, places] = [residentView(x), gpuCell(index).resident()];
  const fresh = machine.call('copyRows', [width, rows], from, places, x.offset, x.stride);
  bindRows(machine, out, rows, width, fresh);
}
