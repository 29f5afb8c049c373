import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dtype, FloatDtype } from '../../src/checkpoint/dtype.ts';
import { decodeFloatsInto, decodeIntegers, dtypeBytes, isDtype, isFloatDtype } from '../../src/checkpoint/dtype.ts';
import { bfloat16ToNumber, float16ToNumber } from '../../src/checkpoint/half.ts';
import { expectIdentical } from '../compare.ts';

/** A view that begins `shift` bytes into its buffer, with other bytes around it. */
function shifted(bytes: Uint8Array, shift: number): Uint8Array {
  const room = new Uint8Array(bytes.length + shift + 1).fill(0xaa);
  room.set(bytes, shift);
  return room.subarray(shift, shift + bytes.length);
}

/** The little-endian bytes of numbers, one DataView call each. */
function bytesOf(size: number, count: number, write: (view: DataView, at: number, i: number) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(size * count));
  for (let i = 0; i < count; i++) write(view, size * i, i);
  return new Uint8Array(view.buffer);
}

const shift = fc.nat(8);

describe('decodeFloatsInto', () => {
  it('reads F64 and F32 bit for bit at any alignment', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 6 }), shift, (values, by) => {
        const wide = new Float64Array(values.length);
        decodeFloatsInto(
          wide,
          'F64',
          shifted(
            bytesOf(8, values.length, (v, at, i) => v.setFloat64(at, values[i]!, true)),
            by,
          ),
        );
        expectIdentical(wide, values);
        expect(wide.every((x, i) => Object.is(x, values[i]))).toBe(true);
        const single = new Float32Array(values.length);
        decodeFloatsInto(
          single,
          'F32',
          shifted(
            bytesOf(4, values.length, (v, at, i) => v.setFloat32(at, values[i]!, true)),
            by,
          ),
        );
        expectIdentical(single, Float32Array.from(values));
      }),
    );
  });

  it('reads F16 and BF16 as half.ts widens them, into either kind of array', () => {
    const widen = { F16: float16ToNumber, BF16: bfloat16ToNumber } as const;
    const bits = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 });
    fc.assert(
      fc.property(bits, shift, fc.constantFrom('F16', 'BF16'), (patterns, by, dtype) => {
        const bytes = shifted(
          bytesOf(2, patterns.length, (v, at, i) => v.setUint16(at, patterns[i]!, true)),
          by,
        );
        for (const out of [new Float32Array(patterns.length), new Float64Array(patterns.length)]) {
          decodeFloatsInto(out, dtype, bytes);
          expectIdentical(out, patterns.map(widen[dtype]));
        }
      }),
    );
  });

  it('fills `out` from the front of longer bytes', () => {
    const out = new Float32Array(1);
    decodeFloatsInto(
      out,
      'F32',
      bytesOf(4, 2, (v, at, i) => v.setFloat32(at, i + 1, true)),
    );
    expect(out[0]).toBe(1);
  });
});

describe('decodeIntegers', () => {
  it('reads I64 exactly at any alignment, the extremes too', () => {
    const whole = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constantFrom(-(2n ** 63n), -1n, 2n ** 63n - 1n),
    );
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 6 }), shift, (values, by) => {
        const bytes = shifted(
          bytesOf(8, values.length, (v, at, i) => v.setBigInt64(at, values[i]!, true)),
          by,
        );
        expect([...decodeIntegers(bytes)]).toEqual(values);
      }),
    );
  });
});

describe('isDtype', () => {
  it('knows the names of the table and no property of objects', () => {
    expect(Object.keys(dtypeBytes).every(isDtype)).toBe(true);
    for (const name of ['f32', 'F4', '', 'constructor', '__proto__', 'toString']) expect(isDtype(name)).toBe(false);
  });

  it('sizes are the digits of the name over 8, or 1', () => {
    for (const [name, bytes] of Object.entries(dtypeBytes)) {
      const bits = name === 'BOOL' ? 8 : Number(/\d+/.exec(name)![0]);
      expect([name, bytes]).toEqual([name, bits / 8]);
    }
  });
});

describe('isFloatDtype', () => {
  it('holds for the four formats of weights only', () => {
    const floats: FloatDtype[] = ['F64', 'F32', 'F16', 'BF16'];
    expect((Object.keys(dtypeBytes) as Dtype[]).filter(isFloatDtype)).toEqual(floats);
  });
});
