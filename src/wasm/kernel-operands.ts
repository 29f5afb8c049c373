/**
 * The operands of one call of a kernel: blocks of the heap that are freed together.
 */
import type { Floats } from '../reference/types.ts';
import type { WasmHeap } from './heap.ts';
import type { OperationName } from './operations.ts';
import type { Arguments } from './program.ts';

/** Places operands and enqueues; what it returns reads the result once that has run. */
export type Place<T> = (operands: KernelOperands, push: Push) => () => T;

/** Appends one operation whose units are shared out to the threads. */
export type Push = (name: OperationName, args: Arguments, units: number) => void;

export class KernelOperands {
  readonly #heap: WasmHeap;
  readonly #pointers: number[] = [];

  constructor(heap: WasmHeap) {
    this.#heap = heap;
  }

  /** Zeros. @throws OutOfMemoryError */
  room(name: string, bytes: number): number {
    const pointer = this.#heap.allocate(bytes, name);
    this.#pointers.push(pointer);
    return pointer;
  }

  /** A copy, rounded to float32; 0 for an operand that is left out. */
  f32(name: string, data: Floats | undefined): number {
    if (data === undefined) return 0;
    const pointer = this.room(name, 4 * data.length);
    this.#heap.f32(pointer, data.length).set(data);
    return pointer;
  }

  f64(name: string, data: Float64Array): number {
    const pointer = this.room(name, 8 * data.length);
    this.#heap.f64(pointer, data.length).set(data);
    return pointer;
  }

  words(name: string, data: readonly number[]): number {
    const pointer = this.room(name, 4 * data.length);
    this.#heap.u32(pointer, data.length).set(data);
    return pointer;
  }

  readF32(pointer: number, length: number): Float32Array {
    return this.#heap.f32(pointer, length).slice();
  }

  readF64(pointer: number, length: number): Float64Array {
    return this.#heap.f64(pointer, length).slice();
  }

  free(): void {
    for (const pointer of this.#pointers.splice(0)) this.#heap.free(pointer);
  }
}
