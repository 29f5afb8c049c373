/**
 * The program: operation records in linear memory, 128 bytes each, waiting to be run.
 *
 * word 0 opcode · word 1 units · word 2 grain · words 4 … 31 arguments, as assembly/operation.ts reads them
 */
import type { WasmHeap } from './heap.ts';
import type { OperationName } from './operations.ts';
import { operations } from './operations.ts';

/** Values by field name; a pointer of 0 means that the operand is left out. */
export type Arguments = Readonly<Record<string, number>>;

export interface Work {
  /** Items that threads share out. */
  readonly units: number;
  /** Items a thread claims at a time. */
  readonly grain: number;
}

const recordBytes = 128;
const recordWords = recordBytes / 4;
const headerWords = 4;

export class WasmProgram {
  readonly #heap: WasmHeap;
  #capacity = 512;
  #pointer: number;
  #length = 0;
  #words: Uint32Array;
  #numbers: Float32Array;
  /** Blocks that the program needs and nobody after it. */
  #garbage: number[] = [];

  constructor(heap: WasmHeap) {
    this.#heap = heap;
    this.#pointer = heap.allocate(this.#capacity * recordBytes, 'program');
    this.#words = new Uint32Array();
    this.#numbers = new Float32Array();
  }

  get pointer(): number {
    return this.#pointer;
  }

  get length(): number {
    return this.#length;
  }

  /** @throws OutOfMemoryError when the program is full and has no room to grow */
  push(name: OperationName, args: Arguments, { units, grain }: Work): void {
    if (this.#length === this.#capacity) this.#extend();
    if (this.#words.buffer !== this.#heap.memory.buffer) this.#look();
    const { opcode, fields } = operations[name];
    const record = this.#pointer / 4 + this.#length * recordWords;
    this.#words[record] = opcode;
    this.#words[record + 1] = units;
    this.#words[record + 2] = Math.max(1, grain);
    for (let i = 0; i < fields.length; i++) {
      const { field, float } = fields[i]!;
      const value = args[field] ?? 0;
      if (float) this.#numbers[record + headerWords + i] = value;
      else this.#words[record + headerWords + i] = value;
    }
    this.#length++;
  }

  /** The records that `push` calls inside `enqueue` write, taken out of the program again. */
  record(enqueue: () => void): Uint32Array {
    const before = this.#length;
    enqueue();
    this.#look();
    const from = this.#pointer / 4 + before * recordWords;
    const records = this.#words.slice(from, from + (this.#length - before) * recordWords);
    this.#length = before;
    return records;
  }

  /** Appends what {@link record} gave. */
  append(records: Uint32Array): void {
    while (this.#length + records.length / recordWords > this.#capacity) this.#extend();
    if (this.#words.buffer !== this.#heap.memory.buffer) this.#look();
    this.#words.set(records, this.#pointer / 4 + this.#length * recordWords);
    this.#length += records.length / recordWords;
  }

  /** A copy of some words that lives until the program has run. @throws OutOfMemoryError */
  hold(words: Uint32Array): number {
    const pointer = this.#heap.allocate(4 * words.length, 'numbers to be written');
    this.#garbage.push(pointer);
    this.#heap.u32(pointer, words.length).set(words);
    return pointer;
  }

  clear(): void {
    this.#length = 0;
    for (const pointer of this.#garbage) this.#heap.free(pointer);
    this.#garbage = [];
  }

  #extend(): void {
    const larger = this.#heap.allocate(2 * this.#capacity * recordBytes, 'program');
    const bytes = this.#capacity * recordBytes;
    this.#heap.u8(larger, bytes).set(this.#heap.u8(this.#pointer, bytes));
    this.#heap.free(this.#pointer);
    this.#pointer = larger;
    this.#capacity *= 2;
  }

  /** The memory's buffer is another one after it has grown. */
  #look(): void {
    this.#words = new Uint32Array(this.#heap.memory.buffer);
    this.#numbers = new Float32Array(this.#heap.memory.buffer);
  }
}
