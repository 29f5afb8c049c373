/** argmax and crossEntropy. */
import type { ArgmaxOperands, CrossEntropyOperands, View } from '../../src/engine/backend.ts';
import type { GpuMachine } from '../machine.ts';
import type { Value } from '../value.ts';
import { gpuCell, release, residentView } from './context.ts';

/** Columns a thread goes through, and how many of the places found it then compares: their reads wait for each other. */
export const columnsOfBlock = 64;
export const placesOfGroup = 32;

export function argmax(machine: GpuMachine, { out, x, rows, width }: ArgmaxOperands): void {
  if (rows > 0) gpuCell(out).bind(placesOfLargest(machine, x, rows, width));
}

/** Compares group by group until one place a row is left. */
export function narrowed(
  found: Value,
  blocks: number,
  compare: (before: Value, count: number, groups: number) => Value,
): Value {
  let best = found;
  for (let count = blocks; count > 1; ) {
    const groups = Math.ceil(count / placesOfGroup);
    const next = compare(best, count, groups);
    release(best);
    best = next;
    count = groups;
  }
  return best;
}

function placesOfLargest(machine: GpuMachine, x: View, rows: number, width: number): Value {
  const input = residentView(x);
  const blocks = Math.ceil(width / columnsOfBlock);
  const { offset, stride } = x;
  const found = machine.call('blockArgmax', [blocks, rows], input, offset, stride, width, columnsOfBlock);
  return narrowed(found, blocks, (before, count, groups) =>
    machine.call('argmax', [groups, rows], input, before, offset, stride, count, placesOfGroup),
  );
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
