/** causalConv1d: the outputs, then the state they leave. */
import type { CausalConv1dOperands } from '../../src/engine/backend.ts';
import type { GpuMachine } from '../machine.ts';
import { bindRows, gpuCell, optional, release, residentView } from './context.ts';
import type { Packing } from './packing.ts';
import { packingOf } from './packing.ts';

export function causalConv1d(machine: GpuMachine, operands: CausalConv1dOperands): void {
  const { bounds, sequences, rows, dInner } = operands;
  if (rows === 0 || dInner === 0) return;
  const packing = packingOf(bounds, sequences, rows);
  if (packing.oneEach) step(machine, operands);
  else packed(machine, operands, packing);
}

function packed(machine: GpuMachine, operands: CausalConv1dOperands, { rowInfo, bounds: ends }: Packing): void {
  const { out, x, weight, bias, state, sequences, rows, dInner, dConv } = operands;
  const input = residentView(x);
  const [before, taps] = [gpuCell(state).resident(), gpuCell(weight).resident()];
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

/** One token a sequence. */
function step(machine: GpuMachine, { out, x, weight, bias, state, rows, dInner, dConv }: CausalConv1dOperands): void {
  const input = residentView(x);
  const before = gpuCell(state).resident();
  const [biasValue, hasBias] = optional(machine, bias);
  const place = [x.offset, x.stride, dInner, dConv - 1];
  const taps = gpuCell(weight).resident();
  const fresh = machine.call('convStep', [dInner, rows], input, taps, biasValue, before, ...place, hasBias);
  if (dConv > 1) {
    gpuCell(state).bind(machine.call('convStepState', [dInner, dConv - 1, rows], input, before, ...place));
  }
  bindRows(machine, out, rows, dInner, fresh);
}
