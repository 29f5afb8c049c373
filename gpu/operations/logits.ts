/** argmax and crossEntropy. */
import type { ArgmaxOperands, CrossEntropyOperands, View } from '../../src/engine/backend.ts';
import type { Handle } from '../gpu-js.ts';
import type { GpuMachine } from '../machine.ts';
import { gpuCell, release, residentView } from './context.ts';

/** Columns a thread goes through. */
const columnsOfBlock = 64;

export async function argmax(machine: GpuMachine, { out, x, rows, width }: ArgmaxOperands): Promise<void> {
  if (rows === 0) return;
  gpuCell(out).bind(await placesOfLargest(machine, x, rows, width));
}

async function placesOfLargest(machine: GpuMachine, x: View, rows: number, width: number): Promise<Handle> {
  const input = await residentView(machine, x);
  const blocks = Math.ceil(width / columnsOfBlock);
  const { offset, stride } = x;
  const places = await machine.call('blockArgmax', [blocks, rows], input, offset, stride, width, columnsOfBlock);
  const best = await machine.call('argmax', [rows], input, places, offset, stride, blocks);
  release(places);
  return best;
}

export async function crossEntropy(machine: GpuMachine, operands: CrossEntropyOperands): Promise<void> {
  const { out, logits, targets, rows, vocabSize } = operands;
  if (rows === 0) return;
  const { offset, stride } = logits;
  const [input, wanted] = [await residentView(machine, logits), await gpuCell(targets).resident(machine)];
  const places = await placesOfLargest(machine, logits, rows, vocabSize);
  const blocks = Math.ceil(vocabSize / columnsOfBlock);
  const numbers = [offset, stride, vocabSize, columnsOfBlock];
  const sums = await machine.call('blockExpSum', [blocks, rows], input, places, ...numbers);
  const nats = await machine.call('crossEntropy', [rows], input, places, sums, wanted, offset, stride, blocks);
  release(places, sums);
  gpuCell(out).bind(nats);
}
