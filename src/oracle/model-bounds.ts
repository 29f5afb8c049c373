/**
 * The bounds for an engine as a whole: error ≤ k·(u·scale + floor), with the scales of model-truth.ts. Unlike those of
 * bounds.ts these k are measured, since a proof by way of every rounding would allow thousands of times what happens.
 *
 *   wasm   f32 at most 66, q8_0 6,850 (its activations are int16) over 1,200 seeds
 *   gpu    at most 431 over 300 seeds on float32 that is as inexact as WGSL allows, always too large or always too small
 *          (test/oracle/simulated-gpu.ts): states that decay slowly gather what exp is off by. Mostly 20 to 50
 *
 * The bounds are some four times as wide; SwiftShader stays below a twentieth of them.
 */
import type { WeightDtype } from '../engine/backend.ts';
import type { Arithmetic } from './arithmetic.ts';

type Factors = { readonly [A in Arithmetic['name']]: { readonly f32: number; readonly q8_0: number } };

const factors: Factors = {
  strict: { f32: 256, q8_0: 2 ** 15 },
  relaxed: { f32: 256, q8_0: 2 ** 15 },
  gpu: { f32: 2048, q8_0: 2048 },
};

/** @returns k; bf16 and f16 compute as f32 does once they are held */
export function modelFactorOf({ name }: Arithmetic, dtype: WeightDtype): number {
  return factors[name][dtype === 'q8_0' ? dtype : 'f32'];
}
