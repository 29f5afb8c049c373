/**
 * stepLayer: one token of every sequence through one layer, in seven kernel calls (kernels/step-layer.kernel.ts); nine
 * where the projection of Δ is in q8_0.
 * Inside a plan the states stay in the form that these kernels leave them in; whoever asks for them gets the plain one.
 */
import type { Cell, Matrix, StepHeadOperands, StepLayerOperands } from '../../src/engine/backend.ts';
import type { GpuMatrix } from '../cells.ts';
import type { GpuMachine } from '../machine.ts';
import type { Value } from '../value.ts';
import { gpuCell, optional, release } from './context.ts';
import { residentTile, splitOf } from './linear.ts';

export function stepLayer(machine: GpuMachine, operands: StepLayerOperands): void {
  const { sequences, dModel, dInner, dState, dtRank } = operands;
  const residual = gpuCell(operands.residual);
  const { inProjWeight, normWeight } = operands;
  const xz = normedProducts(machine, inProjWeight, normWeight, sequences, residual.resident());
  const conv = convolution(machine, operands, xz);
  const taps = operands.dConv - 1;
  const width = dtRank + 2 * dState;
  const x = { value: conv, offset: taps * dInner, stride: (taps + 2) * dInner };
  const projected = product(machine, operands.xProjWeight, x, sequences, width);
  const scan = scanStep(machine, operands, projected, conv);
  const y = { value: scan, offset: dState * dInner, stride: (dState + 1) * dInner };
  const bias = optional(machine, operands.outProjBias);
  const old = residual.resident();
  residual.bind(product(machine, operands.outProjWeight, y, sequences, dModel, { bias, old }));
  release(xz.value, projected);
}

interface Rows {
  readonly value: Value;
  readonly offset: number;
  readonly stride: number;
}

/** A product in two kernels: partial sums, and their sums. */
function product(
  machine: GpuMachine,
  weight: StepLayerOperands['xProjWeight'],
  { value, offset, stride }: Rows,
  sequences: number,
  rows: number,
  addends?: { readonly bias: readonly [Value, 0 | 1]; readonly old: Value | undefined },
): Value {
  const matrix = weight as GpuMatrix;
  const { kernel, parts, steps } = splitOf(matrix, sequences * rows);
  const w = onlyTile(machine, matrix);
  const partial = machine.call(kernel, [rows, parts, sequences], w, value, steps, offset, stride, parts);
  const nothing = machine.nothing();
  const [bias, hasBias] = addends?.bias ?? [nothing, 0];
  const oldNumbers = [0, addends?.old === undefined ? 0 : rows];
  const read = [partial, bias, addends?.old ?? nothing] as const;
  const sums = machine.call('linearReduce', [rows, sequences], ...read, parts, rows, hasBias, ...oldNumbers);
  release(partial);
  return sums;
}

/** stepHead: norm and head in two kernel calls. */
export function stepHead(machine: GpuMachine, operands: StepHeadOperands): void {
  const { out, residual, normWeight, weight, sequences, eps } = operands;
  const { rows, columns } = weight;
  const { value, parts } = normedProducts(machine, weight, normWeight, sequences, gpuCell(residual).resident());
  gpuCell(out).bind(machine.call('normedReduce', [rows, sequences], value, rows, columns, parts, eps));
  release(value);
}

function normedProducts(machine: GpuMachine, weight: Matrix, norm: Cell, sequences: number, residual: Value) {
  const { rows, columns } = weight;
  const { parts } = splitOf(weight as GpuMatrix, sequences * rows);
  const read = [onlyTile(machine, weight as GpuMatrix), residual, gpuCell(norm).resident()];
  const shape = [rows + 1, parts, sequences] as const;
  const value =
    weight.dtype === 'f32'
      ? machine.call('normedPartial', shape, ...read, rows, columns, columns / parts, parts)
      : machine.call('normedPartialQ8', shape, ...read, rows, columns, parts);
  return { value, parts };
}

function convolution(machine: GpuMachine, operands: StepLayerOperands, xz: { value: Value; parts: number }): Value {
  const { convState, conv1dWeight, conv1dBias, sequences, dInner, dModel, dConv, eps } = operands;
  const taps = dConv - 1;
  const cell = gpuCell(convState);
  const stateRows = cell.other === undefined ? taps : taps + 2;
  const [bias, hasBias] = optional(machine, conv1dBias);
  const read = [xz.value, gpuCell(conv1dWeight).resident(), bias, cell.other?.value ?? cell.resident()];
  const sizes = [dInner, dModel, xz.parts, taps, stateRows, hasBias, eps];
  const conv = machine.call('convGateStep', [dInner, taps + 2, sequences], ...read, ...sizes);
  cell.bindOther(conv, () =>
    taps === 0 ? machine.nothing() : machine.call('convStateOfStep', [dInner, taps, sequences], conv, dInner, taps + 2),
  );
  return conv;
}

function scanStep(machine: GpuMachine, operands: StepLayerOperands, projected: Value, conv: Value): Value {
  const { dtProjWeight, dtProjBias, A, D, h, sequences, dInner, dState, dtRank, dConv, discretization } = operands;
  const cell = gpuCell(h);
  const plain = cell.other === undefined;
  const strides = plain ? [dInner * dState, 1, dState] : [dInner * (dState + 1), dInner, 1];
  const inline = dtProjWeight.dtype === 'f32';
  const bias = gpuCell(dtProjBias).resident();
  const low = { value: projected, offset: 0, stride: dtRank + 2 * dState };
  const delta = inline
    ? bias
    : product(machine, dtProjWeight, low, sequences, dInner, { bias: [bias, 1], old: undefined });
  const w = inline ? onlyTile(machine, dtProjWeight as GpuMatrix) : machine.noMatrix();
  const read = [
    w,
    projected,
    delta,
    gpuCell(A).resident(),
    gpuCell(D).resident(),
    cell.other?.value ?? cell.resident(),
    conv,
  ];
  const sizes = [dInner, dState, dtRank, dConv - 1, ...strides, discretization === 'zoh' ? 1 : 0];
  const last = inline ? [dtRank, 0] : [0, dInner];
  const scan = machine.call('scanStep', [dInner, dState + 1, sequences], ...read, ...sizes, ...last);
  if (!inline) release(delta);
  cell.bindOther(scan, () => machine.call('scanStateOfStep', [dState, dInner, sequences], scan, dInner, dState));
  return scan;
}

/** Whether every matrix lies in one buffer, as these kernels want it. */
export function stepLayerFits(operands: StepLayerOperands): boolean {
  const { inProjWeight, xProjWeight, dtProjWeight, outProjWeight } = operands;
  return [inProjWeight, xProjWeight, dtProjWeight, outProjWeight].every(inOneBuffer);
}

export function stepHeadFits({ weight }: StepHeadOperands): boolean {
  return inOneBuffer(weight);
}

function inOneBuffer(matrix: Matrix): boolean {
  return (matrix as GpuMatrix).tiles.length === 1;
}

function onlyTile(machine: GpuMachine, matrix: GpuMatrix): Value {
  return residentTile(machine, matrix.tiles[0]!, matrix.words);
}
