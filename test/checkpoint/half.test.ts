import { describe, expect, it } from 'vitest';
import { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from '../../src/checkpoint/half.ts';
import { toBfloat16, toFloat16 } from '../../src/oracle/rounding.ts';

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

describe('numberToFloat16 and numberToBfloat16', () => {
  const formats = [
    ['float16', numberToFloat16, float16ToNumber, toFloat16],
    ['bfloat16', numberToBfloat16, bfloat16ToNumber, toBfloat16],
  ] as const;

  it.each(formats)('give back the bits of every value of the format: %s', (_, narrow, widen) => {
    for (let bits = 0; bits < 2 ** 16; bits++) {
      const value = widen(bits);
      if (Number.isNaN(value)) expect(widen(narrow(value))).toBeNaN();
      else if (narrow(value) !== bits) expect.fail(`${bits}: ${value} became ${narrow(value)}`);
    }
  });

  it.each(formats)(
    'round to nearest, ties to even, at each middle of two neighbours: %s',
    (_, narrow, widen, oracle) => {
      const single = new Float32Array(1);
      const word = new Uint32Array(single.buffer);
      for (let bits = 0; bits < 2 ** 15; bits++) {
        const [here, next] = [widen(bits), widen(bits + 1)];
        if (!(here < next && next < Infinity)) continue;
        single[0] = (here + next) / 2;
        for (const change of [-1, 0, 1]) {
          const value = new Float32Array(Uint32Array.of(word[0]! + change).buffer)[0]!;
          if (value === 0) continue;
          for (const x of [value, -value]) {
            if (widen(narrow(x)) !== oracle(x)) expect.fail(`${x}: ${widen(narrow(x))} instead of ${oracle(x)}`);
          }
        }
      }
    },
  );

  it.each(formats)('make what is too large infinite: %s', (_, narrow, widen) => {
    for (const x of [3.4028234663852886e38, Infinity]) {
      expect(widen(narrow(x))).toBe(Infinity);
      expect(widen(narrow(-x))).toBe(-Infinity);
    }
    expect(float16ToNumber(numberToFloat16(65519.99))).toBe(65504);
    expect(float16ToNumber(numberToFloat16(65520))).toBe(Infinity);
  });
});
