/**
 * What a device must be able to do before a model is trusted to it, tried on the device itself.
 */
import { UnsupportedError } from '../src/engine/errors.ts';
import type { GpuMachine } from './machine.ts';

/** In, and what must come out: float32 there and back, tiny and huge numbers included. */
const kept = [1e-8, -1e-8, 1, -0.1, 123456.789, 1e30, -3e38, 2 ** 23 + 1];

/**
 * Float render targets, 24-bit significands, exp and 1/3.
 * @throws UnsupportedError that says what is missing, and on which renderer
 */
export async function probe(machine: GpuMachine, renderer: string): Promise<void> {
  const refuse = (what: string) => {
    throw new UnsupportedError(`${machine.mode} expected ${what}, on the renderer ${renderer}`);
  };
  const data = Float32Array.from(kept);
  const there = machine.upload(data);
  const back = await machine.read(there, 0, data.length);
  data.forEach((value, i) => {
    if (back[i] !== value) refuse(`${value} to survive a shader, got ${back[i]}`);
  });
  const x = machine.upload(Float32Array.of(-0.5, 3));
  const [exp, reciprocal] = [machine.call('exp', [2], x), machine.call('reciprocal', [2], x)];
  const [e] = await machine.read(exp, 0, 2);
  const third = (await machine.read(reciprocal, 0, 2))[1]!;
  if (!(Math.abs(e! / Math.exp(-0.5) - 1) < 1e-6)) refuse(`exp(-0.5) to be ${Math.exp(-0.5)}, got ${e}`);
  if (!(Math.abs(3 * third - 1) < 2e-7)) refuse(`1/3 to be right, got ${third}`);
  for (const used of [there, x, exp, reciprocal]) used.delete();
}
