/**
 * RMSNorm: before every block, after the last one, and (weightless) on Δ, B and C in Falcon-Mamba.
 */
import { expectOptionalShape, expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

export interface RmsNormDims {
  readonly rows: number;
  readonly width: number;
  /** Added under the root: 1e-5 in Mamba. */
  readonly eps: number;
}

/**
 * Scales each row to a root mean square of about 1.
 *
 *   y[t,i] = x[t,i] / sqrt(eps + (1/width)·Σ_j x[t,j]²) · weight[i]
 *
 * Source: Zhang & Sennrich, arXiv:1910.07467, eq. 4, with eps.
 *
 * @param x (rows, width)
 * @param weight (width), or absent for 1
 * @throws RangeError when a length does not fit or eps is not ≥ 0
 * Rounding: squares above 1.8e308 overflow, so a row with a number beyond ±1.3e154 becomes 0, but ±∞ itself ∞·0 = NaN.
 */
export function rmsNorm(dims: RmsNormDims, x: Floats, weight?: Floats): Float64Array {
  const { rows, width } = checkNorm(dims, x, weight);
  const y = new Float64Array(rows * width);
  for (let t = 0; t < rows; t++) {
    const inverse = inverseRms(dims, x, t);
    for (let i = 0; i < width; i++) y[t * width + i] = x[t * width + i]! * inverse * (weight?.[i] ?? 1);
  }
  return y;
}

/**
 * Gradients of {@link rmsNorm}, with x̂ = x/rms and g = dY∘weight.
 *
 *   dX = (g − x̂·mean(g∘x̂))/rms     dWeight[i] = Σ_t dY[t,i]·x̂[t,i]
 *
 * @param dY (rows, width)
 * @returns dX (rows, width) and dWeight (width), the latter to be ignored when there was no weight
 */
export function rmsNormBackward(
  dims: RmsNormDims,
  x: Floats,
  weight: Floats | undefined,
  dY: Floats,
): { dX: Float64Array; dWeight: Float64Array } {
  const { rows, width } = checkNorm(dims, x, weight);
  expectShape('dY', dY, { rows, width });
  const dX = new Float64Array(rows * width);
  const dWeight = new Float64Array(width);
  for (let t = 0; t < rows; t++) {
    const inverse = inverseRms(dims, x, t);
    let mean = 0;
    for (let i = 0; i < width; i++) {
      const xHat = x[t * width + i]! * inverse;
      mean += (dY[t * width + i]! * (weight?.[i] ?? 1) * xHat) / width;
      dWeight[i]! += dY[t * width + i]! * xHat;
    }
    for (let i = 0; i < width; i++) {
      const xHat = x[t * width + i]! * inverse;
      dX[t * width + i] = (dY[t * width + i]! * (weight?.[i] ?? 1) - xHat * mean) * inverse;
    }
  }
  return { dX, dWeight };
}

/** 1/rms of row t. */
function inverseRms({ width, eps }: RmsNormDims, x: Floats, t: number): number {
  let squares = 0;
  for (let j = 0; j < width; j++) squares += x[t * width + j]! * x[t * width + j]!;
  return 1 / Math.sqrt(squares / width + eps);
}

function checkNorm(dims: RmsNormDims, x: Floats, weight?: Floats): RmsNormDims {
  const { rows, width, eps } = dims;
  expectSize('rows', rows);
  expectSize('width', width);
  if (!(eps >= 0)) throw new RangeError(`"eps" expected a number ≥ 0, got ${eps}`);
  expectShape('x', x, { rows, width });
  expectOptionalShape('weight', weight, { width });
  return dims;
}
