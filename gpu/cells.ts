/**
 * Cells and matrices on a GPU. A kernel never writes into what it reads, so a cell is a name for the newest result:
 * an operation binds it to a new value and frees the old one. What the host has written goes up when a kernel asks.
 */
import type { Cell, Matrix, WeightDtype } from '../src/engine/backend.ts';
import type { GpuMachine } from './machine.ts';
import { packedLength, packQ8 } from './q8.ts';
import type { Value } from './value.ts';

export class GpuCell implements Cell {
  readonly name: string;
  readonly kind: Cell['kind'];
  readonly length: number;
  /** The numbers, as long as the host knows them. */
  host: Float32Array | undefined;
  /** The numbers on the device, when they are there. */
  value: Value | undefined;
  /** The numbers in the form in which an operation has left them, and how to get the plain one. */
  other: { readonly value: Value; readonly plain: () => Value } | undefined;
  readonly #machine: GpuMachine;

  constructor(machine: GpuMachine, name: string, kind: Cell['kind'], length: number) {
    this.#machine = machine;
    this.name = name;
    this.kind = kind;
    this.length = length;
    this.host = new Float32Array(length);
  }

  /** On the device, uploaded if need be. */
  resident(): Value {
    if (this.length === 0) return this.#machine.nothing();
    if (this.other !== undefined) this.bind(this.other.plain());
    this.value ??= this.#machine.upload(this.host!);
    return this.value;
  }

  /** A new result takes the place of the old numbers. */
  bind(value: Value): void {
    this.#machine.onBind?.(this);
    this.#drop();
    this.value = value;
    this.host = undefined;
  }

  /** A result in a form of its own. */
  bindOther(value: Value, plain: () => Value): void {
    this.#machine.onBind?.(this);
    this.#drop();
    this.value = undefined;
    this.host = undefined;
    this.other = { value, plain };
  }

  /** The host's numbers take the place of the old ones. */
  set(numbers: Float32Array): void {
    this.#machine.onBind?.(this);
    this.#drop();
    this.value = undefined;
    this.host = numbers;
  }

  free(): void {
    this.#drop();
    this.value = undefined;
    this.host = undefined;
  }

  #drop(): void {
    this.value?.delete();
    this.other?.value.delete();
    this.other = undefined;
  }
}

/** Some rows of a matrix, in one texture or buffer. */
export interface Tile {
  readonly from: number;
  readonly to: number;
  /** What the host has of it until it goes up. */
  staged: Float32Array | undefined;
  value: Value | undefined;
}

/** What GPUs hold weights as. */
export type HeldDtype = Extract<WeightDtype, 'f32' | 'q8_0'>;

/** Float32 numbers that hold a row of so many weights. */
export function wordsOf(columns: number, dtype: HeldDtype): number {
  return dtype === 'q8_0' ? packedLength(columns) : columns;
}

export class GpuMatrix implements Matrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly dtype: HeldDtype;
  /** Float32 numbers that hold a row. */
  readonly words: number;
  readonly tiles: readonly Tile[];

  /** @param capacity how many numbers fit one texture or buffer, a row at least */
  constructor(name: string, rows: number, columns: number, dtype: HeldDtype, capacity: number) {
    this.name = name;
    this.rows = rows;
    this.columns = columns;
    this.dtype = dtype;
    this.words = wordsOf(columns, dtype);
    const rowsOfTile = Math.max(1, Math.min(rows, Math.floor(capacity / Math.max(1, this.words))));
    const tiles: Tile[] = [];
    for (let from = 0; from < rows; from += rowsOfTile) {
      tiles.push({ from, to: Math.min(rows, from + rowsOfTile), staged: undefined, value: undefined });
    }
    this.tiles = tiles;
  }

  /** Of all its numbers. */
  get bytes(): number {
    return 4 * this.rows * this.words;
  }

  /** Whole rows as they are held. */
  pack(rows: Float32Array): Float32Array {
    return this.dtype === 'q8_0' ? packQ8(rows) : rows;
  }

  free(): void {
    for (const tile of this.tiles) {
      tile.value?.delete();
      tile.value = undefined;
      tile.staged = undefined;
    }
  }
}
