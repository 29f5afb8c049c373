/**
 * Operands of a selective scan bent to what a case is there for: each changes fresh ones.
 */
import type { ScanOperands } from './scan-spec.ts';

export function aroundTheCut({ delta }: ScanOperands): void {
  const places = [-18, -17.5, 19.875, 20, 20.125, 24, 90, 100, -30, -9, 0, 16];
  for (let i = 0; i < delta.length; i++) delta[i] = places[(5 * i + Math.floor(i / 4)) % places.length]!;
}

/** Where softplus is neither exp nor x in float32: a cut that is too low shows. */
export function belowTheCut({ delta }: ScanOperands): void {
  const places = [4, 5, 6.5, 8, 9.5, 9.875, 10, 10.125, 10.5, 11, 12, 13, 14, 15, 15.5, 16];
  for (let i = 0; i < delta.length; i++) delta[i] = places[i % places.length]!;
}

export function positiveBias({ deltaBias }: ScanOperands): void {
  for (let d = 0; d < deltaBias!.length; d++) deltaBias![d] = Math.abs(deltaBias![d]!) + 0.5;
}

/** States 2j and 2j + 1 decay alike but for a 64th, are driven alike, and read with opposite signs. */
export function cancelling({ A, B, C }: ScanOperands): void {
  for (let i = 1; i < B.length; i += 2) [B[i], C[i]] = [B[i - 1]!, -C[i - 1]!];
  for (let i = 1; i < A.length; i += 2) A[i] = A[i - 1]! - 1 / 64;
}

export function denormal({ x, h0 }: ScanOperands): void {
  scaleBy(x, 2 ** -130);
  scaleBy(h0!, 2 ** -135);
}

export function scaleBy(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor;
}

export function impulse({ x, delta, B, C, D }: ScanOperands): void {
  for (const values of [x, B, C]) for (let i = 0; i < values.length; i++) values[i] = Math.abs(values[i]!) + 1 / 64;
  x.fill(0, D!.length);
  delta.fill(2 ** -6 + 2 ** -13);
}

export function lowDelta({ delta }: ScanOperands): void {
  for (let i = 0; i < delta.length; i++) delta[i] = Math.round(delta[i]! * 512) / 16 - 5;
}
