/** causalConv1d: the outputs, then the state they leave. */
import type { CausalConv1dOperands } from '../../src/engine/backend.ts';
import type { GpuMachine } from '../machine.ts';
import { bindRows, gpuCell, optional, release, residentView } from './context.ts';
import { packingOf } from './packing.ts';

export async function causalConv1d(machine: GpuMachine, operands: CausalConv1dOperands): Promise<void> {
  const { out, x, weight, bias, state, bounds, sequences, rows, dInner, dConv } = operands;
  if (rows === 0 || dInner === 0) return;
  const { rowInfo, bounds: ends } = packingOf(bounds, sequences, rows);
  const input = await residentView(machine, x);
  const [before, taps] = [await gpuCell(state).resident(machine), await gpuCell(weight).resident(machine)];
  const [biasHandle, hasBias] = await optional(machine, bias);
  const [info, limits] = [await machine.upload(rowInfo), await machine.upload(ends)];
  const sizes = [x.offset, x.stride, dInner, dConv, hasBias];
  const fresh = await machine.call('causalConv1d', [dInner, rows], input, taps, biasHandle, before, info, ...sizes);
  if (dConv > 1) {
    const shape = [dInner, dConv - 1, sequences] as const;
    const after = await machine.call('convState', shape, input, before, limits, x.offset, x.stride, dInner, dConv - 1);
    gpuCell(state).bind(after);
  }
  release(info, limits);
  await bindRows(machine, out, rows, dInner, fresh);
}
