/**
 * Operands on any Backend, by its own methods: cells that are written and read back. Gaps beside the rows hold a sentinel;
 * afterwards every number that is not a result must be as it was.
 *
 * What this asks of a Backend: columns beside a view keep their numbers, inputs keep theirs, lengths of 0 are allowed, and
 * a u32 cell is read as its integers' values.
 */
import type { Backend, Cell, Matrix, View, WeightDtype } from '../engine/backend.ts';
import type { Operands, OutOptions } from './operands.ts';
import type { Problem, Result } from './operation.ts';

/** A number like any other, since a shader need not keep NaN, and an integer that a float32 holds. */
const sentinels = { f32: Math.fround(12345.678), u32: 12_345_678 } as const;

/** The name of what may be written and is no result. */
const noResult = '';

interface Placed {
  readonly cell: Cell;
  /** How the cell must be in the end, but for its result. */
  readonly numbers: Float32Array | Uint32Array;
  readonly result?: Target | undefined;
}

/** What the operation may write: rows of `width`, `stride` apart, from `offset` on. */
interface Target {
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  readonly offset: number;
  readonly stride: number;
}

export class BackendOperands implements Operands {
  readonly #backend: Backend;
  readonly #gaps: Problem['gaps'];
  readonly #placed: Placed[] = [];
  readonly #matrices: Matrix[] = [];

  constructor(backend: Backend, { gaps }: Problem) {
    this.#backend = backend;
    this.#gaps = gaps;
  }

  floats(name: string, data: Float32Array): Cell {
    return this.#cell(name, data);
  }

  integers(name: string, data: Uint32Array): Cell {
    return this.#cell(name, data);
  }

  rows(name: string, data: Float32Array, width: number): View {
    const rows = width === 0 ? 0 : data.length / width;
    return this.#view(name, [rows, width], { data });
  }

  out(name: string, shape: readonly [rows: number, width: number], { result, old }: OutOptions): View {
    return this.#view(name, shape, { data: old, result });
  }

  outCell(result: string, kind: Cell['kind'], length: number, old?: Float32Array): Cell {
    const empty = kind === 'u32' ? new Uint32Array(length) : new Float32Array(length);
    const target = { name: result, rows: 1, width: length, offset: 0, stride: length };
    return this.#cell(result, old ?? empty.fill(sentinels[kind]), target);
  }

  room(name: string, length: number): Cell {
    const target = { name: noResult, rows: 1, width: length, offset: 0, stride: length };
    return this.#cell(name, new Float32Array(length).fill(sentinels.f32), target);
  }

  /** In two pieces where there are enough rows, as weights arrive from a file. */
  matrix(name: string, data: Float32Array, shape: readonly [number, number], dtype: WeightDtype): Matrix {
    const [rows, columns] = shape;
    const matrix = this.#backend.matrix(name, rows, columns, dtype);
    this.#matrices.push(matrix);
    const cut = 4 * Math.floor(rows / 8);
    for (const [from, to] of [
      [0, cut],
      [cut, rows],
    ] as const) {
      if (columns > 0 && to > from) this.#backend.writeRows(matrix, from, data.subarray(from * columns, to * columns));
    }
    return matrix;
  }

  /** The results. @throws Error when another number has changed */
  async results(): Promise<Result> {
    const results: Record<string, ArrayLike<number>> = {};
    for (const { cell, numbers, result } of this.#placed) {
      const now = await this.#backend.read(cell);
      if (now.length !== numbers.length) {
        throw new Error(`"${cell.name}" expected ${numbers.length} numbers read back, got ${now.length}`);
      }
      if (result !== undefined && result.name !== noResult) results[result.name] = gather(now, result);
      expectIntact(cell.name, numbers, now, result);
    }
    return results;
  }

  free(): void {
    for (const { cell } of this.#placed) this.#backend.free(cell);
    for (const matrix of this.#matrices) this.#backend.free(matrix);
  }

  #view(
    name: string,
    [rows, width]: readonly [number, number],
    { data, result }: { readonly data?: Float32Array | undefined; readonly result?: string },
  ): View {
    const [offset, after] = this.#gaps[name] ?? [0, 0];
    const stride = offset + width + after;
    const numbers = new Float32Array(rows * stride).fill(sentinels.f32);
    for (let t = 0; data !== undefined && t < rows; t++) {
      numbers.set(data.subarray(t * width, (t + 1) * width), t * stride + offset);
    }
    const target = result === undefined ? undefined : { name: result, rows, width, offset, stride };
    return { cell: this.#cell(name, numbers, target), offset, stride };
  }

  #cell(name: string, numbers: Float32Array | Uint32Array, result?: Target): Cell {
    const { length } = numbers;
    const integers = numbers instanceof Uint32Array;
    const cell = integers ? this.#backend.integers(name, length) : this.#backend.floats(name, length);
    this.#placed.push({ cell, numbers, result });
    this.#backend.write(cell, numbers);
    return cell;
  }
}

/** The result's numbers, contiguous. */
function gather(now: Float32Array, { rows, width, offset, stride }: Target): Float32Array {
  const numbers = new Float32Array(rows * width);
  for (let t = 0; t < rows; t++) {
    numbers.set(now.subarray(t * stride + offset, t * stride + offset + width), t * width);
  }
  return numbers;
}

function expectIntact(name: string, before: ArrayLike<number>, now: Float32Array, result: Target | undefined): void {
  for (let i = 0; i < now.length; i++) {
    if (before[i] === now[i] || (Number.isNaN(before[i]) && Number.isNaN(now[i]))) continue;
    if (result !== undefined && belongsTo(result, i)) continue;
    throw new Error(`"${name}" number ${i} (of ${now.length}) expected ${before[i]}, as it was, got ${now[i]}`);
  }
}

function belongsTo({ offset, stride, width }: Target, i: number): boolean {
  const column = i % stride;
  return column >= offset && column < offset + width;
}
