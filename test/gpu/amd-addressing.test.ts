/**
 * The arithmetic of gpu/short-addressing.ts, with every error that GLSL ES allows a division.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { importGpuJs } from '../../gpu/gpu-js.ts';
import { shortAddressing } from '../../gpu/short-addressing.ts';

const f32 = Math.fround;
const ulp = 2 ** -23;

/** As in GLSL: [row, rest]. The quotient is off by `ulps`, which must not matter. */
function rowAndRest(i: number, w: number, ulps: number): readonly [number, number] {
  const quotient = f32((0.999999 / f32(w)) * (1 + ulps * ulp));
  const row = Math.trunc(f32(f32(i) * quotient));
  const rest = i - row * w;
  return rest >= w ? [row + 1, rest - w] : [row, rest];
}

function rowAndRestOfMany(i: number, w: number, ulps: number): readonly [number, number] {
  const rows = Math.trunc(f32(f32(i) * f32((0.999999 / f32(w)) * (1 + ulps * ulp))));
  const [more, rest] = rowAndRest(i - rows * w, w, ulps);
  return [rows + more, rest];
}

const ulpsOfDivision = fc.integer({ min: -25, max: 25 }).map((tenths) => tenths / 10);
/** Around whole rows, where a quotient that is off would tell. */
const near = fc.integer({ min: -2, max: 2 });

test('the row of a texel is exact in textures of up to 32768 rows, whatever 2.5 ulp of a division do', () => {
  const sides = fc.tuple(fc.integer({ min: 1, max: 32768 }), fc.integer({ min: 0, max: 32767 }));
  fc.assert(
    fc.property(sides, near, ulpsOfDivision, ([w, row], off, ulps) => {
      const i = Math.min(Math.max(0, row * w + off), 2 ** 30);
      expect(rowAndRest(i, w, ulps)).toEqual([Math.floor(i / w), i % w]);
    }),
  );
});

test('two rounds are exact for every result that GPU.js can have', () => {
  const places = fc.integer({ min: 0, max: 2 ** 28 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 14 }), places, near, ulpsOfDivision, (w, place, off, ulps) => {
      const i = Math.max(0, Math.floor(place / w) * w + off);
      expect(rowAndRestOfMany(i, w, ulps)).toEqual([Math.floor(i / w), i % w]);
    }),
  );
});

test('one round is not: a column of two million numbers', () => {
  expect(rowAndRest(2_000_000, 1, 0)).not.toEqual([2_000_000, 0]);
  expect(rowAndRestOfMany(2_000_000, 1, 0)).toEqual([2_000_000, 0]);
});

test("another GPU.js's shader is refused", async () => {
  const { WebGL2Kernel } = (await importGpuJs()) as unknown as { WebGL2Kernel: { fragmentShader: string } };
  const text = WebGL2Kernel.fragmentShader;
  expect(shortAddressing(text)).toContain('ivec2 rowAndRest(int i, int w)');
  expect(shortAddressing(text)).not.toContain('texture(tex, st / vec2(texSize));\n}\n\nvec4 getImage3D');
  expect(() => shortAddressing(text.replaceAll('index / w', 'w / index'))).toThrow('GPU.js 2.24.1 expected');
});
