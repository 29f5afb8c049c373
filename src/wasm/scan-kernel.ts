/**
 * Scans of affine maps as kernels.
 */
import { expectShape, expectSize } from '../reference/shapes.ts';
import type { Floats } from '../reference/types.ts';
import type { KernelOperands, Place } from './kernel-operands.ts';

/** Affine maps h ↦ a·h + b, one a token and channel; float32 or float64, both the same. */
export interface AffineElements<T extends Floats> {
  readonly seqLen: number;
  readonly channels: number;
  readonly a: T; // (seqLen, channels)
  readonly b: T; // (seqLen, channels)
}

export type ScanName = 'scanSequential' | 'scanBlelloch';

/** @throws RangeError when a length does not fit, TypeError unless a and b are both float32 or both float64 */
export function placeScan<T extends Floats>(name: ScanName, elements: AffineElements<T>): Place<T> {
  const { seqLen, channels, a, b } = elements;
  expectSize('seqLen', seqLen);
  expectSize('channels', channels);
  expectShape('a', a, { seqLen, channels });
  expectShape('b', b, { seqLen, channels });
  const type = typeOf(a, b);
  const units = Math.ceil((channels * a.BYTES_PER_ELEMENT) / 16);
  return (operands, push) => {
    const work = name === 'scanBlelloch' ? operands.room('trees', units * nodesOf(seqLen) * 32) : 0;
    const h = operands.room('h', a.byteLength);
    push(`${name}${type}`, { a: put(operands, 'a', a), b: put(operands, 'b', b), h, work, n: seqLen, channels }, units);
    return () => (type === 'F64' ? operands.readF64(h, a.length) : operands.readF32(h, a.length)) as T;
  };
}

/** Leaves of Blelloch's tree: 2^⌈log2 n⌉. */
function nodesOf(n: number): number {
  let size = 1;
  while (size < n) size *= 2;
  return size;
}

function typeOf(a: Floats, b: Floats): 'F32' | 'F64' {
  if (a instanceof Float32Array && b instanceof Float32Array) return 'F32';
  if (a instanceof Float64Array && b instanceof Float64Array) return 'F64';
  const got = `${a.constructor.name} and ${b.constructor.name}`;
  throw new TypeError(`"a" and "b" expected two Float32Array or two Float64Array, got ${got}`);
}

function put(operands: KernelOperands, name: string, data: Floats): number {
  return data instanceof Float64Array ? operands.f64(name, data) : operands.f32(name, data);
}
