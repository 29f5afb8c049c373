/**
 * A heap in one WebAssembly memory: blocks at multiples of 64 bytes, first fit, neighbours joined when freed.
 */
import { OutOfMemoryError } from '../engine/errors.ts';

const alignment = 64;
const pageBytes = 65536;

interface Block {
  pointer: number;
  bytes: number;
}

export class WasmHeap {
  readonly memory: WebAssembly.Memory;
  readonly #grow: (pages: number) => void;
  /** Free blocks by rising pointer, no two of them neighbours. */
  readonly #free: Block[];
  readonly #used = new Map<number, number>();
  #bytesInUse = 0;
  /** Nothing from here on was ever handed out: it is still zero, and touching it would cost a page fault each 4 KiB. */
  #untouched: number;

  /**
   * @param start first byte that may be used
   * @param grow how the memory grows; tests give one that fails
   */
  constructor(
    memory: WebAssembly.Memory,
    start: number,
    grow: (pages: number) => void = (pages) => memory.grow(pages),
  ) {
    this.memory = memory;
    this.#grow = grow;
    const pointer = roundUp(start, alignment);
    this.#untouched = pointer;
    this.#free = [{ pointer, bytes: memory.buffer.byteLength - pointer }];
  }

  get bytesInUse(): number {
    return this.#bytesInUse;
  }

  /**
   * A block of zeros.
   * @param what the error calls it
   * @throws OutOfMemoryError when the memory cannot grow; the heap is as before then
   */
  allocate(bytes: number, what: string): number {
    const size = Math.max(alignment, roundUp(bytes, alignment));
    const at = this.#free.findIndex((block) => block.bytes >= size);
    const block = at >= 0 ? this.#free[at]! : this.#growBy(size, what);
    const pointer = block.pointer;
    block.pointer += size;
    block.bytes -= size;
    if (block.bytes === 0) this.#free.splice(this.#free.indexOf(block), 1);
    this.#used.set(pointer, size);
    this.#bytesInUse += size;
    this.u8(pointer, Math.max(0, Math.min(size, this.#untouched - pointer))).fill(0);
    this.#untouched = Math.max(this.#untouched, pointer + size);
    return pointer;
  }

  /** @throws RangeError for a pointer that is not in use */
  free(pointer: number): void {
    const bytes = this.#used.get(pointer);
    if (bytes === undefined) throw new RangeError(`"pointer" expected a block in use, got ${pointer}`);
    this.#used.delete(pointer);
    this.#bytesInUse -= bytes;
    const next = this.#free.findIndex((block) => block.pointer > pointer);
    const at = next < 0 ? this.#free.length : next;
    this.#free.splice(at, 0, { pointer, bytes });
    this.#join(at);
    this.#join(at - 1);
  }

  u8(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, pointer, length);
  }

  u32(pointer: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, pointer, length);
  }

  f32(pointer: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, pointer, length);
  }

  f64(pointer: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, pointer, length);
  }

  /** Joins free block `at` with the next one if they touch. */
  #join(at: number): void {
    const [block, next] = [this.#free[at], this.#free[at + 1]];
    if (block === undefined || next === undefined || block.pointer + block.bytes !== next.pointer) return;
    block.bytes += next.bytes;
    this.#free.splice(at + 1, 1);
  }

  /** Makes the last free block at least `size` long. */
  #growBy(size: number, what: string): Block {
    const end = this.memory.buffer.byteLength;
    const last = this.#free.at(-1);
    const reachesEnd = last !== undefined && last.pointer + last.bytes === end;
    const pages = Math.ceil((size - (reachesEnd ? last.bytes : 0)) / pageBytes);
    try {
      this.#grow(pages);
    } catch (cause) {
      const message = `${what}: no room for ${size} bytes in a WebAssembly memory of ${end} bytes`;
      throw new OutOfMemoryError(message, { cause });
    }
    if (reachesEnd) {
      last.bytes += pages * pageBytes;
      return last;
    }
    this.#free.push({ pointer: end, bytes: pages * pageBytes });
    return this.#free.at(-1)!;
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
