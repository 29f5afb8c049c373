/** argmax and crossEntropy. */
import type { ArgmaxOperands, Cell, CrossEntropyOperands, View } from '../../src/engine/backend.ts';
import type { GpuMachine } from '../machine.ts';
import type { Value } from '../value.ts';
import { gpuCell, release, residentView } from './context.ts';

/** Columns a thread goes through. */
const columnsOfBlock = 64;

export function argmax(machine: GpuMachine, { out, x, rows, width, perturbation }: ArgmaxOperands): void {
  if (rows === 0) return;
  const places =
    perturbation === undefined
      ? placesOfLargest(machine, x, rows, width)
      : placesOfGumbelMax(machine, { x, rows, width, ...perturbation });
  gpuCell(out).bind(places);
}

interface GumbelMax {
  readonly x: View;
  readonly noise: View;
  readonly scale: Cell;
  readonly rows: number;
  readonly width: number;
}

function placesOfGumbelMax(machine: GpuMachine, { x, noise, scale, rows, width }: GumbelMax): Value {
  const blocks = Math.ceil(width / columnsOfBlock);
  const read = [residentView(x), residentView(noise), gpuCell(scale).resident()] as const;
  const places = [x.offset, x.stride, noise.offset, width];
  const found = machine.call('blockGumbel', [blocks, rows], ...read, ...places, columnsOfBlock);
  const best = machine.call('gumbel', [rows], ...read, found, ...places, blocks);
  release(found);
  return best;
}

function placesOfLargest(machine: GpuMachine, x: View, rows: number, width: number): Value {
  const input = residentView(x);
  const blocks = Math.ceil(width / columnsOfBlock);
  const { offset, stride } = x;
  const places = machine.call('blockArgmax', [blocks, rows], input, offset, stride, width, columnsOfBlock);
  const best = machine.call('argmax', [rows], input, places, offset, stride, blocks);
  release(places);
  return best;
}

export function crossEntropy(machine: GpuMachine, operands: CrossEntropyOperands): void {
  const { out, logits, targets, rows, vocabSize } = operands;
  if (rows === 0) return;
  const { offset, stride } = logits;
  const [input, wanted] = [residentView(logits), gpuCell(targets).resident()];
  const places = placesOfLargest(machine, logits, rows, vocabSize);
  const blocks = Math.ceil(vocabSize / columnsOfBlock);
  const numbers = [offset, stride, vocabSize, columnsOfBlock];
  const sums = machine.call('blockExpSum', [blocks, rows], input, places, ...numbers);
  const nats = machine.call('crossEntropy', [rows], input, places, sums, wanted, offset, stride, blocks);
  release(places, sums);
  gpuCell(out).bind(nats);
}
