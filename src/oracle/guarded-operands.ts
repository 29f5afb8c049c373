/**
 * Operands in a WASM heap between sentinel words. Afterwards every word that is not a result must be as it was: the
 * sentinels before and behind each operand, the gaps beside its rows, and what was only to be read.
 */
import type { Cell, Matrix, View, WeightDtype } from '../engine/backend.ts';
import type { WasmBackend } from '../wasm/backend.ts';
import { matrixFormats } from '../wasm/matrix-format.ts';
import type { Operands, OutOptions } from './operands.ts';
import type { Problem, Result } from './operation.ts';

/** A quiet NaN: an operand read past its end, or an output never written, shows. */
const sentinel = 0x7fc5a5a5;
const guardWords = 8;
/** The name of what may be written and is no result. */
const noResult = '';

interface Block {
  readonly name: string;
  readonly pointer: number;
  readonly words: number;
  readonly kind: Cell['kind'];
  /** How the block must be in the end, but for its result. */
  before: Uint32Array;
  /** Words that the operation may write: rows of `width`, `stride` apart. */
  readonly result?: { readonly name: string; readonly start: number; readonly rows: Rows };
}

interface Rows {
  readonly rows: number;
  readonly width: number;
  readonly stride: number;
}

export class GuardedOperands implements Operands {
  readonly #backend: WasmBackend;
  readonly #gaps: Problem['gaps'];
  readonly #blocks: Block[] = [];

  constructor(backend: WasmBackend, { gaps }: Problem) {
    this.#backend = backend;
    this.#gaps = gaps;
  }

  floats(name: string, data: Float32Array): Cell {
    return this.#cell(name, 'f32', wordsOf(data));
  }

  integers(name: string, data: Uint32Array): Cell {
    return this.#cell(name, 'u32', data);
  }

  rows(name: string, data: Float32Array, width: number): View {
    const rows = width === 0 ? 0 : data.length / width;
    return this.#view(name, [rows, width], data);
  }

  out(name: string, shape: readonly [rows: number, width: number], { result, old }: OutOptions): View {
    return this.#view(name, shape, old, result);
  }

  outCell(result: string, kind: Cell['kind'], length: number, old?: Float32Array): Cell {
    const data = old === undefined ? new Uint32Array(length).fill(sentinel) : wordsOf(old);
    return this.#cell(result, kind, data, { name: result, rows: { rows: 1, width: length, stride: length } });
  }

  room(name: string, length: number): Cell {
    const rows = { rows: 1, width: length, stride: length };
    return this.#cell(name, 'f32', new Uint32Array(length).fill(sentinel), { name: noResult, rows });
  }

  /** Packed in two pieces where there are enough rows, as weights arrive from a file. */
  matrix(name: string, data: Float32Array, shape: readonly [number, number], dtype: WeightDtype): Matrix {
    const [rows, columns] = shape;
    const words = Math.ceil(matrixFormats[dtype].bytes(rows, columns) / 4);
    const { pointer } = this.#cell(name, 'u32', new Uint32Array(words).fill(sentinel));
    const matrix = { name, rows, columns, dtype, pointer };
    const cut = 4 * Math.floor(rows / 8);
    if (columns > 0) {
      this.#backend.writeRows(matrix, 0, data.subarray(0, cut * columns));
      this.#backend.writeRows(matrix, cut, data.subarray(cut * columns));
    }
    return matrix;
  }

  /** Call when everything is placed: what lies between the sentinels now must stay. */
  async seal(): Promise<void> {
    await this.#backend.settle();
    for (const block of this.#blocks) {
      const inner = this.#words(block).slice(guardWords, -guardWords);
      block.before.set(inner, guardWords);
    }
  }

  /** The results. @throws Error when another word has changed */
  results(): Result {
    const results: Record<string, ArrayLike<number>> = {};
    for (const block of this.#blocks) {
      if (block.result === undefined) continue;
      const words = this.#gather(block, block.result);
      if (block.result.name !== noResult) results[block.result.name] = words;
    }
    for (const block of this.#blocks) this.#expectIntact(block);
    return results;
  }

  free(): void {
    for (const { pointer } of this.#blocks) this.#backend.machine.heap.free(pointer);
  }

  #view(name: string, [rows, width]: readonly [number, number], data?: Float32Array, result?: string): View {
    const [offset, after] = this.#gaps[name] ?? [0, 0];
    const stride = offset + width + after;
    const words = new Uint32Array(rows * stride).fill(sentinel);
    if (data !== undefined) {
      for (let t = 0; t < rows; t++) words.set(wordsOf(data).subarray(t * width, (t + 1) * width), t * stride + offset);
    }
    const target = result === undefined ? undefined : { name: result, rows: { rows, width, stride }, offset };
    return { cell: this.#cell(name, 'f32', words, target), offset, stride };
  }

  #cell(
    name: string,
    kind: Cell['kind'],
    data: Uint32Array,
    result?: { readonly name: string; readonly rows: Rows; readonly offset?: number },
  ): Cell & { readonly pointer: number } {
    const skew = this.#blocks.length % 4; // operands begin at any multiple of 4 bytes
    const before = new Uint32Array(guardWords + data.length + guardWords + skew).fill(sentinel);
    before.set(data, guardWords + skew);
    const { heap } = this.#backend.machine;
    const block = { name, kind, pointer: heap.allocate(4 * before.length, name), words: before.length, before };
    this.#words(block).set(before);
    const start = guardWords + skew;
    this.#blocks.push(
      result === undefined
        ? block
        : { ...block, result: { name: result.name, start: start + (result.offset ?? 0), rows: result.rows } },
    );
    return { name, kind, length: data.length, pointer: block.pointer + 4 * start };
  }

  #words({ pointer, words }: Pick<Block, 'pointer' | 'words'>): Uint32Array {
    return this.#backend.machine.heap.u32(pointer, words);
  }

  /** The result's words, contiguous; they become what is expected there. */
  #gather(block: Block, { start, rows: { rows, width, stride } }: NonNullable<Block['result']>): ArrayLike<number> {
    const words = new Uint32Array(rows * width);
    const now = this.#words(block);
    for (let t = 0; t < rows; t++) {
      const row = now.subarray(start + t * stride, start + t * stride + width);
      words.set(row, t * width);
      block.before.set(row, start + t * stride);
    }
    return block.kind === 'u32' ? words : new Float32Array(words.buffer);
  }

  #expectIntact(block: Block): void {
    const now = this.#words(block);
    const at = block.before.findIndex((word, i) => word !== now[i]);
    if (at < 0) return;
    const [old, fresh] = [block.before[at]!, now[at]!].map((word) => `0x${word.toString(16)}`);
    throw new Error(
      `"${block.name}" word ${at - guardWords} (of ${block.words}, guards not counted) expected ${old}, got ${fresh}`,
    );
  }
}

function wordsOf(data: Float32Array): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length);
}
