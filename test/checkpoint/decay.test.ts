import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { logOfDecay, logOfDecayInPlace } from '../../src/checkpoint/decay.ts';
import { openGguf } from '../../src/checkpoint/gguf.ts';
import type { StoredTensor } from '../../src/checkpoint/tensor-file.ts';
import { tensorTable } from '../../src/checkpoint/tensor-table.ts';
import { fileWeights } from '../../src/checkpoint/weight-source.ts';
import { asFloat32, asGguf, modelTensors, smallModel } from './model-formats.ts';
import { expectRefusal } from './refusal.ts';

const decay = (aLog: number) => Math.fround(-Math.exp(aLog));
const float32 = (min: number, max: number) => fc.float({ min, max, noNaN: true });

describe('logOfDecay', () => {
  it('gives back every float32 above 1 and below −1, and what models begin with: 0, log 2 … log 16', () => {
    const least = Math.fround(1 + 2 ** -23);
    const values = fc.oneof(float32(least, 80), float32(-80, -least));
    fc.assert(
      fc.property(values, (aLog) => {
        expect(logOfDecay(decay(aLog))).toBe(aLog);
      }),
      { numRuns: 20_000, examples: [[least], [2], [-2], [4], [80]] },
    );
    for (let n = 1; n <= 16; n++) expect(logOfDecay(decay(Math.fround(Math.log(n))))).toBe(Math.fround(Math.log(n)));
  });

  it('gives an aLog of the very same A, whatever float32 A is', () => {
    fc.assert(
      fc.property(float32(2 ** -120, 2 ** 120), (a) => {
        expect(decay(logOfDecay(-a))).toBe(-a);
      }),
      { numRuns: 20_000 },
    );
  });

  it('is within 2^−23 between −1 and 1, where float32 has fewer A than aLog', () => {
    fc.assert(
      fc.property(float32(-1, 1), (aLog) => {
        expect(Math.abs(logOfDecay(decay(aLog)) - aLog)).toBeLessThanOrEqual(2 ** -23);
      }),
      { numRuns: 20_000, examples: [[1], [-1], [2 ** -30]] },
    );
    expect(decay(2 ** -30)).toBe(decay(0));
  });

  it('refuses what is no −exp: 0, numbers above it, NaN, infinities', () => {
    const tensor = { name: 'blk.0.ssm_a', source: bytesSource('g', new Uint8Array(0)) } as unknown as StoredTensor;
    for (const wrong of [0, -0, 1, Number.NaN, -Infinity, Infinity]) {
      expect(() => logOfDecayInPlace(Float64Array.of(-1, wrong), tensor)).toThrow(
        `g: tensor "blk.0.ssm_a": expected finite numbers below 0 (−exp of A_log), got ${wrong} at 1`,
      );
    }
  });
});

describe('A in a file of GGUF', () => {
  it.each([0.5, 0, -0, Number.NaN, -Infinity])('of %d is refused as engines read it too', async (wrong) => {
    const tensors = modelTensors(smallModel);
    const bytes = asGguf(smallModel, tensors, asFloat32);
    const A = -Math.exp(tensors.find(({ ggufName }) => ggufName === 'blk.1.ssm_a')!.numbers[5]!);
    const places = placesOf(bytes, A);
    expect(places).toHaveLength(1);
    new DataView(bytes.buffer, bytes.byteOffset).setFloat32(places[0]!, wrong, true);
    const source = await fileWeights(await openGguf(bytesSource('model.gguf', bytes)), smallModel);
    const slot = [...tensorTable(smallModel)].find(({ field, layer }) => field === 'aLog' && layer === 1)!;
    await expectRefusal(() => source.readA!(slot, 0, slot.shape[0]!), {
      ...{ file: 'model.gguf', tensor: 'blk.1.ssm_a' },
      message: `expected finite numbers below 0 (−exp of A_log), got ${wrong} at 5`,
    });
  });
});

/** Where this float32 stands, at multiples of four bytes. */
function placesOf(bytes: Uint8Array, value: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const places: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    if (view.getFloat32(at, true) === Math.fround(value)) places.push(at);
  }
  return places;
}
