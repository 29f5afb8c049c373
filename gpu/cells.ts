/**
 * Cells and matrices on a GPU. A kernel never writes into what it reads, so a cell is a name for the newest result:
 * an operation binds it to a new value and frees the old one. What the host has written goes up when a kernel asks.
 */
import type { Cell, Matrix, WeightDtype } from '../src/engine/backend.ts';
import type { GpuMachine } from './machine.ts';
import type { Value } from './value.ts';

export class GpuCell implements Cell {
  readonly name: string;
  readonly kind: Cell['kind'];
  readonly length: number;
  /** The numbers, as long as the host knows them. */
  host: Float32Array | undefined;
  /** The numbers on the device, when they are there. */
  value: Value | undefined;
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
    this.value ??= this.#machine.upload(this.host!);
    return this.value;
  }

  /** A new result takes the place of the old numbers. */
  bind(value: Value): void {
    this.#machine.onBind?.(this);
    this.value?.delete();
    this.value = value;
    this.host = undefined;
  }

  /** The host's numbers take the place of the old ones. */
  set(numbers: Float32Array): void {
    this.#machine.onBind?.(this);
    this.value?.delete();
    this.value = undefined;
    this.host = numbers;
  }

  free(): void {
    this.value?.delete();
    this.value = undefined;
    this.host = undefined;
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

export class GpuMatrix implements Matrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly dtype: WeightDtype;
  readonly tiles: readonly Tile[];

  /** @param rowsOfTile how many rows fit one texture or buffer */
  constructor(name: string, rows: number, columns: number, dtype: WeightDtype, rowsOfTile: number) {
    this.name = name;
    this.rows = rows;
    this.columns = columns;
    this.dtype = dtype;
    const tiles: Tile[] = [];
    for (let from = 0; from < rows; from += rowsOfTile) {
      tiles.push({ from, to: Math.min(rows, from + rowsOfTile), staged: undefined, value: undefined });
    }
    this.tiles = tiles;
  }

  free(): void {
    for (const tile of this.tiles) {
      tile.value?.delete();
      tile.value = undefined;
      tile.staged = undefined;
    }
  }
}
