/**
 * draw: Gumbel-max on the device, with the filters of src/generation/kept-set.ts. All filters keep the heaviest tokens, so
 * a draw from the kept ones is the best of them by logits·scale + noise.
 *
 * Without top-k that is mostly the best of all. So that one is taken, and the mass below it, summed in blocks, tells
 * whether top-p and min-p keep it. If not, the best of those that are heavier is next: after three rounds a draw of
 * top-p 0.95 is left undecided once in some 10⁵. With top-k the first 64 are sorted, and one thread goes through them.
 */
import type { DrawOperands } from '../../src/engine/backend.ts';
import { mostCandidates } from '../../src/engine/write-ahead.ts';
import type { GpuMachine } from '../machine.ts';
import type { Value } from '../value.ts';
import { gpuCell, release, residentView } from './context.ts';
import { columnsOfBlock, narrowed, placesOfGroup } from './logits.ts';

/** Places that are sorted for top-k; the length of a block then, so that any of them may come from one block. */
const candidates = mostCandidates;
const rounds = 3;

export function draw(machine: GpuMachine, operands: DrawOperands): void {
  const { out, rows, among } = operands;
  if (rows === 0) return;
  const drawn =
    among === 'all'
      ? drawOfAll(machine, operands)
      : among === 'kept'
        ? drawOfKept(machine, operands)
        : drawOfCandidates(machine, operands);
  gpuCell(out).bind(drawn);
}

function drawOfAll(machine: GpuMachine, operands: DrawOperands): Value {
  const { x, noise, width, rows } = operands;
  const places = [x.offset, x.stride, noise.offset, width];
  const blocks = Math.ceil(width / columnsOfBlock);
  const found = machine.call('blockGumbel', [blocks, rows], ...readOf(operands), ...places, columnsOfBlock);
  return bestOf(machine, operands, found);
}

/** The best of the blocks' places. */
function bestOf(machine: GpuMachine, operands: DrawOperands, found: Value): Value {
  const { x, noise, width, rows } = operands;
  const places = [x.offset, x.stride, noise.offset, width];
  return narrowed(found, Math.ceil(width / columnsOfBlock), (before, count, groups) =>
    machine.call('gumbel', [groups, rows], ...readOf(operands), before, ...places, count, placesOfGroup),
  );
}

function drawOfKept(machine: GpuMachine, operands: DrawOperands): Value {
  const { x, noise, width, rows } = operands;
  const places = [x.offset, x.stride, noise.offset, width];
  const blocks = Math.ceil(width / columnsOfBlock);
  const groups = Math.ceil(blocks / placesOfGroup);
  const turns = Math.max(columnsOfBlock, groups);
  let best = drawOfAll(machine, operands);
  let margins = marginsOf(machine, operands, best);
  for (let round = 1; round < rounds; round++) {
    const read = [...readOf(operands), best, margins] as const;
    const found = machine.call('blockGumbelBefore', [blocks, rows], ...read, ...places, columnsOfBlock, groups, turns);
    release(best, margins);
    best = bestOf(machine, operands, found);
    margins = marginsOf(machine, operands, best);
  }
  const drawn = machine.call('drawn', [rows], best, margins, groups);
  release(best, margins);
  return drawn;
}

/** How far the filters are from dropping each row's place, in groups to be summed. */
function marginsOf(machine: GpuMachine, { x, sampling, width, rows }: DrawOperands, places: Value): Value {
  const blocks = Math.ceil(width / columnsOfBlock);
  const read = [residentView(x), gpuCell(sampling).resident(), places] as const;
  const parts = machine.call('keptMargin', [blocks, rows], ...read, x.offset, x.stride, width, columnsOfBlock);
  const sums = machine.call('groupSum', [Math.ceil(blocks / placesOfGroup), rows], parts, blocks, placesOfGroup);
  release(parts);
  return sums;
}

function drawOfCandidates(machine: GpuMachine, operands: DrawOperands): Value {
  const { x, noise, width, rows, size } = operands;
  const sorted = sortedPlaces(machine, residentView(x), { ...x, rows, width: size });
  const places = [x.offset, x.stride, noise.offset, width];
  const readWeights = [residentView(x), gpuCell(operands.sampling).resident(), sorted] as const;
  const masses = machine.call('candidateMass', [rows], ...readWeights, x.offset, x.stride, candidates);
  const drawn = machine.call('drawOfSorted', [rows], ...readOf(operands), sorted, masses, ...places, candidates);
  release(sorted, masses);
  return drawn;
}

interface Rows {
  readonly offset: number;
  readonly stride: number;
  readonly rows: number;
  readonly width: number;
}

/** The places of the first `candidates` of each row, in order: (rows, candidates). */
function sortedPlaces(machine: GpuMachine, x: Value, { offset, stride, rows, width }: Rows): Value {
  const block = candidates;
  const blocks = Math.ceil(width / block);
  const ranks = machine.call('rankInBlock', [block, blocks, rows], x, offset, stride, width, block);
  let lists = machine.call('sortedBlock', [block, blocks, rows], ranks, block, blocks);
  release(ranks);
  for (let count = blocks; count > 1; count = Math.ceil(count / 2)) {
    const shape = [block, Math.ceil(count / 2), rows] as const;
    const merged = machine.call('mergedLists', shape, x, lists, offset, stride, block, count, Math.log2(block));
    release(lists);
    lists = merged;
  }
  return lists;
}

function readOf({ x, noise, sampling }: DrawOperands): readonly [Value, Value, Value] {
  return [residentView(x), residentView(noise), gpuCell(sampling).resident()];
}
