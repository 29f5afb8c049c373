/**
 * The values of one call of a plain kernel: operands that go up and intermediate results, all freed together at its end,
 * also when something throws on the way.
 */
import type { KernelName } from './definitions.ts';
import type { GpuMachine } from './machine.ts';
import type { Shape, Value } from './value.ts';

export class Scratch {
  readonly machine: GpuMachine;
  readonly #made: Value[] = [];

  constructor(machine: GpuMachine) {
    this.machine = machine;
  }

  /** One zero for what is empty or not there: no kernel reads it. */
  upload(data: ArrayLike<number> = []): Value {
    if (data.length === 0) return this.machine.nothing();
    return this.#keep(this.machine.upload(Float32Array.from(data)));
  }

  call(name: KernelName, shape: Shape, ...operands: readonly (Value | number)[]): Value {
    return this.#keep(this.machine.call(name, shape, ...operands));
  }

  read(value: Value): Promise<Float32Array> {
    return this.machine.read(value, 0, value.length);
  }

  async free(): Promise<void> {
    for (const value of this.#made) value.delete();
    await this.machine.settle();
  }

  #keep(value: Value): Value {
    this.#made.push(value);
    return value;
  }
}

/** @param work returns what it has read */
export async function withScratch<T>(machine: GpuMachine, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const scratch = new Scratch(machine);
  try {
    return await work(scratch);
  } finally {
    await scratch.free();
  }
}
