import { describe, expect, it } from 'vitest';
import { bfloat16ToNumber, float16ToNumber } from '../../src/checkpoint/half.ts';

const patterns = Array.from({ length: 65_536 }, (_, bits) => bits);

/** sign · mantissa · 2^exponent by exact doublings and halvings, from the definition of a binary format. */
function decode(bits: number, exponentBits: number, mantissaBits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> mantissaBits) % 2 ** exponentBits;
  const fraction = (bits % 2 ** mantissaBits) / 2 ** mantissaBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  let value = exponent === 0 ? fraction : 1 + fraction;
  for (let e = Math.max(exponent, 1); e > bias; e--) value *= 2;
  for (let e = Math.max(exponent, 1); e < bias; e++) value /= 2;
  return sign * value;
}

function expectPatterns(actual: (bits: number) => number, expected: (bits: number) => number): void {
  const wrong = patterns.filter((bits) => !Object.is(actual(bits), expected(bits)));
  expect(wrong.map((bits) => [bits.toString(16), actual(bits), expected(bits)])).toEqual([]);
}

describe('float16ToNumber', () => {
  it('equals the definition of binary16 on all 65,536 patterns, zeros by sign', () => {
    expectPatterns(float16ToNumber, (bits) => decode(bits, 5, 10));
  });

  it('knows the landmarks of binary16', () => {
    expect(float16ToNumber(0x3c00)).toBe(1);
    expect(float16ToNumber(0xc000)).toBe(-2);
    expect(float16ToNumber(0x7bff)).toBe(65_504);
    expect(float16ToNumber(0x0400)).toBe(2 ** -14);
    expect(float16ToNumber(0x0001)).toBe(2 ** -24);
    expect(float16ToNumber(0x3555)).toBe(0.333251953125);
    expect(float16ToNumber(0xfc00)).toBe(-Infinity);
    expect(float16ToNumber(0x8000)).toBe(-0);
  });

  it('gives numbers that float32 holds exactly', () => {
    expectPatterns(float16ToNumber, (bits) => Math.fround(float16ToNumber(bits)));
  });
});

describe('bfloat16ToNumber', () => {
  it('equals the definition of bfloat16 on all 65,536 patterns, zeros by sign', () => {
    expectPatterns(bfloat16ToNumber, (bits) => decode(bits, 8, 7));
  });

  it('is the float32 whose upper half it is', () => {
    const view = new DataView(new ArrayBuffer(4));
    expectPatterns(bfloat16ToNumber, (bits) => {
      view.setUint32(0, bits * 65_536);
      return view.getFloat32(0);
    });
  });
});
