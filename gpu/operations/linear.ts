/**
 * linear and embed. Few results split their sums over several threads: a GPU wants some ten thousand of them. A weight
 * too large for one texture comes in tiles of rows, whose results are put side by side.
 */
import type { EmbedOperands, LinearOperands, View } from '../../src/engine/backend.ts';
import type { GpuMatrix, Tile } from '../cells.ts';
import type { GpuMachine } from '../machine.ts';
import { blockLength } from '../q8.ts';
import type { Value } from '../value.ts';
import { bindRows, gpuCell, optional, release, residentView } from './context.ts';

/** Products that a thread adds up when there are few results: their reads wait for memory one after the other. */
const stepsWanted = 48;
const mostParts = 64;
/** Threads with which a GPU is busy whatever they do. */
const threadsEnough = 2 ** 19;
/** Columns below which a sum is not worth splitting. */
const shortestSplit = 256;

/** Into how many equal parts a sum of `columns` products is split, for so many results. */
export function partsOf(results: number, columns: number): number {
  let parts = 1;
  const more = () =>
    columns / parts > stepsWanted &&
    parts < mostParts &&
    2 * parts * results < threadsEnough &&
    columns % (2 * parts) === 0;
  while (columns >= shortestSplit && more()) parts *= 2;
  return parts;
}

/** The same of q8_0, whose parts are whole blocks. */
function partsOfBlocks(results: number, columns: number): number {
  let parts = partsOf(results, columns);
  while (parts * blockLength > columns && parts > 1) parts /= 2;
  return parts;
}

/** The kernels of a dtype; their parameters are the same. */
const kernelsOf = {
  f32: { whole: 'linear', partial: 'linearPartial', embed: 'embed', partsOf },
  q8_0: { whole: 'linearQ8', partial: 'linearQ8Partial', embed: 'embedQ8', partsOf: partsOfBlocks },
} as const;

/** How a sum is split for so many results, and the kernel's number for its length. */
export function splitOf({ dtype, columns }: GpuMatrix, results: number) {
  const { partial: kernel, partsOf: split } = kernelsOf[dtype];
  const parts = split(results, columns);
  return { kernel, parts, steps: dtype === 'f32' ? columns / parts : columns };
}

/** What is added to the products: bias and old values, with 1 or 0 for whether they are there. */
interface Addends {
  readonly bias: readonly [Value, 0 | 1];
  /** Value, offset and stride; a stride of 0: nothing. */
  readonly old: readonly [Value, number, number];
}

export function linear(machine: GpuMachine, { out, x, weight, bias, add, rows }: LinearOperands): void {
  const matrix = weight as GpuMatrix;
  if (rows === 0 || matrix.rows === 0) return;
  const nothing = machine.nothing();
  const addends: Addends = {
    bias: optional(machine, bias),
    old: add ? [residentView(out), out.offset, out.stride] : [nothing, 0, 0],
  };
  const none: Addends = { bias: [nothing, 0], old: [nothing, 0, 0] };
  const [first, ...others] = matrix.tiles;
  const only = others.length === 0;
  let fresh = multiply(machine, matrix, first!, x, rows, only ? addends : none);
  if (!only) {
    for (const tile of others) fresh = putBeside(machine, matrix, tile, x, rows, fresh);
    const sums = reduce(machine, fresh, 1, matrix.rows, rows, addends);
    release(fresh);
    fresh = sums;
  }
  bindRows(machine, out, rows, matrix.rows, fresh);
}

/** The rows of one tile: out (rows, tile). */
function multiply(
  machine: GpuMachine,
  matrix: GpuMatrix,
  tile: Tile,
  { cell, offset, stride }: View,
  rows: number,
  { bias, old }: Addends,
): Value {
  const { columns, words, dtype } = matrix;
  const w = residentTile(machine, tile, words);
  const x = gpuCell(cell).resident();
  const height = tile.to - tile.from;
  const kernels = kernelsOf[dtype];
  const { parts, steps } = splitOf(matrix, rows * height);
  if (parts === 1) {
    const [handle, hasBias] = bias;
    const sizes = [columns, offset, stride, hasBias, old[1], old[2]];
    return machine.call(kernels.whole, [height, rows], w, x, handle, old[0], ...sizes);
  }
  const partial = machine.call(kernels.partial, [height, parts, rows], w, x, steps, offset, stride, parts);
  const sums = reduce(machine, partial, parts, height, rows, { bias, old });
  release(partial);
  return sums;
}

function reduce(
  machine: GpuMachine,
  partial: Value,
  parts: number,
  height: number,
  rows: number,
  { bias: [bias, hasBias], old: [old, oldOffset, oldStride] }: Addends,
): Value {
  return machine.call('linearReduce', [height, rows], partial, bias, old, parts, height, hasBias, oldOffset, oldStride);
}

/** `before` holds the columns of the tiles before this one. */
function putBeside(machine: GpuMachine, matrix: GpuMatrix, tile: Tile, x: View, rows: number, before: Value): Value {
  const nothing = machine.nothing();
  const fresh = multiply(machine, matrix, tile, x, rows, { bias: [nothing, 0], old: [nothing, 0, 0] });
  const both = machine.call('beside', [tile.to, rows], before, fresh, tile.from, 0, tile.from, 0, tile.to - tile.from);
  release(before, fresh);
  return both;
}

export function embed(machine: GpuMachine, { out, ids, weight, rows }: EmbedOperands): void {
  const matrix = weight as GpuMatrix;
  const width = matrix.columns;
  if (rows === 0 || width === 0) return;
  const places = gpuCell(ids).resident();
  let fresh: Value | undefined;
  for (const tile of matrix.tiles) {
    const w = residentTile(machine, tile, matrix.words);
    const old = fresh ?? machine.nothing();
    const next = machine.call(kernelsOf[matrix.dtype].embed, [width, rows], w, places, old, width, tile.from, tile.to);
    release(fresh);
    fresh = next;
  }
  bindRows(machine, out, rows, width, fresh!);
}

/** A tile on the device, so many numbers a row; what the host held of it is let go. */
export function residentTile(machine: GpuMachine, tile: Tile, words: number): Value {
  if (tile.value === undefined) {
    const height = tile.to - tile.from;
    if (height * words === 0) return machine.noMatrix();
    tile.value = machine.uploadMatrix(tile.staged ?? new Float32Array(height * words), height, words);
    tile.staged = undefined;
  }
  return tile.value;
}
