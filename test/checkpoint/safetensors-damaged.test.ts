import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { readTensor } from '../../src/checkpoint/read-tensor.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';

describe('openSafetensors, on damaged files', () => {
  const whole = safetensorsBytes(
    [
      { name: 'f64', shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) },
      { name: 'i64', shape: [1], data: BigInt64Array.of(5n) },
      { name: 'f16', shape: [3], data: { dtype: 'F16', bytes: Uint8Array.of(0, 60, 0, 64, 0, 66) } },
      { name: 'none', shape: [0, 7], data: new Float32Array(0) },
    ],
    new Map([['about', 'a small file']]),
  );

  type Damage = (bytes: Uint8Array) => Uint8Array;
  const place = fc.nat(whole.length - 1);
  const flip = fc.tuple(place, fc.nat(7)).map(
    ([at, bit]): Damage =>
      (bytes) =>
        bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)),
  );
  const overwrite = fc.tuple(place, fc.constantFrom(...'0123456789-.eE{}[]:,"\\ aFI')).map(
    ([at, letter]): Damage =>
      (bytes) =>
        bytes.map((byte, i) => (i === at ? letter.charCodeAt(0) : byte)),
  );
  const cut = place.map(
    (at): Damage =>
      (bytes) =>
        bytes.slice(0, at),
  );
  const splice = fc.tuple(place, place, fc.nat(9)).map(
    ([to, from, length]): Damage =>
      (bytes) =>
        Uint8Array.from([...bytes.slice(0, to), ...bytes.slice(from, from + length), ...bytes.slice(to)]),
  );
  const damage = fc.array(fc.oneof(flip, overwrite, overwrite, cut, splice), { minLength: 1, maxLength: 3 });

  it('give a readable result or a CheckpointError, nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(damage, async (steps) => {
        const bytes = steps.reduce((damaged, step) => step(damaged), whole);
        try {
          const file = await openSafetensors(bytesSource('damaged', bytes));
          for (const [name, { begin, end }] of file.tensors) {
            expect(begin <= end && end <= bytes.length).toBe(true);
            await readTensor(file, name);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
          expect((error as CheckpointError).message).toMatch(/^damaged: /);
        }
      }),
    );
  });

  it('are refused whenever they are cut short, at every byte', async () => {
    for (let size = 0; size < whole.length; size++) {
      const source = bytesSource('cut', whole.subarray(0, size));
      await expect(openSafetensors(source)).rejects.toThrow(CheckpointError);
    }
  });
});
