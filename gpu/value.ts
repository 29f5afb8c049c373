/**
 * Numbers on the device before they are there: what a kernel call will compute, named, so that calls can be written down
 * first and run later, one by one or compiled into a plan.
 */
import type { KernelName } from './definitions.ts';
import type { Handle } from './gpu-js.ts';

/** Width, height, depth. */
export type Shape = readonly [number, number?, number?];

export class Value {
  readonly shape: Shape;
  /** Once it is computed. */
  handle: Handle | undefined;
  readonly #onDelete: (value: Value) => void;

  constructor(shape: Shape, onDelete: (value: Value) => void) {
    this.shape = shape;
    this.#onDelete = onDelete;
  }

  get length(): number {
    return this.shape.reduce<number>((product, side = 1) => product * side, 1);
  }

  /** Frees it once everything written down before is done. */
  delete(): void {
    this.#onDelete(this);
  }
}

export interface CallStep {
  readonly kind: 'call';
  readonly name: KernelName;
  readonly operands: readonly (Value | number)[];
  readonly result: Value;
}

/** What a machine is to do, in order. */
export type Step =
  | CallStep
  | { readonly kind: 'upload'; readonly data: Float32Array; readonly result: Value }
  | { readonly kind: 'uploadMatrix'; readonly data: Float32Array; readonly result: Value }
  | { readonly kind: 'delete'; readonly value: Value };
