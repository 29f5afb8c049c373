/** argmax and crossEntropy. */
import type { ArgmaxOperands, CrossEntropyOperands, View } from '../../src/engine/backend.ts';
import type { GpuMachine } from '../machine.ts';
import type { Value } from '../value.ts';
import { gpuCell, release, residentView } from './context.ts';

/** Columns a thread goes through. */
const columnsOfBlock = 64;

export function argmax(machine: GpuMachine, { out, x, rows, width }: ArgmaxOperands): void {
  if (rows === 0) return;
  gpuCell(out).bind(placesOfLargest(machine, x, rows, width));
}

function placesOfLargest(machine: GpuMachine, x: View, rows: number, width: number): Value {
  const input = residentView(machine, x);
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
  const [input, wanted] = [residentView(machine, logits), gpuCell(targets).resident(machine)];
  const places = placesOfLargest(machine, logits, rows, vocabSize);
  const blocks = Math.ceil(vocabSize / columnsOfBlock);
  const numbers = [offset, stride, vocabSize, columnsOfBlock];
  const sums = machine.call('blockExpSum', [blocks, rows], input, places, ...numbers);
  const nats = machine.call('crossEntropy', [rows], input, places, sums, wanted, offset, stride, blocks);
  release(places, sums);
  gpuCell(out).bind(nats);
}
