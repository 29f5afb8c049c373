/** causalConv1d: the outputs, then the state they leave. */
import type { CausalConv1dOperands } from '../../src/engine/backend.ts';
import type { GpuMachine } from '../machine.ts';
import { bindRows, gpuCell, optional, release, residentView } from './context.ts';
import { packingOf } from './packing.ts';

export function causalConv1d(machine: GpuMachine, operands: CausalConv1dOperands): void {
  const { out, x, weight, bias, state, bounds, sequences, rows, dInner, dConv } = operands;
  if (rows === 0 || dInner === 0) return;
  const { rowInfo, bounds: ends } = packingOf(bounds, sequences, rows);
  const input = residentView(machine, x);
  const [before, taps] = [gpuCell(state).resident(machine), gpuCell(weight).resident(machine)];
  const [biasHandle, hasBias] = optional(machine, bias);
  const [info, limits] = [machine.upload(rowInfo), machine.upload(ends)];
  const sizes = [x.offset, x.stride, dInner, dConv, hasBias];
  const fresh = machine.call('causalConv1d', [dInner, rows], input, taps, biasHandle, before, info, ...sizes);
  if (dConv > 1) {
    const shape = [dInner, dConv - 1, sequences] as const;
    const after = machine.call('convState', shape, input, before, limits, x.offset, x.stride, dInner, dConv - 1);
    gpuCell(state).bind(after);
  }
  release(info, limits);
  bindRows(machine, out, rows, dInner, fresh);
}
