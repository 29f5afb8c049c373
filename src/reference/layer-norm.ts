/**
 * LayerNorm: before the attention and before the MLP of every GPT-Neo layer, and after the last one. RMSNorm
 * (rms-norm.ts) is this without the mean and without the bias.
 */
import { expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

export interface LayerNormDims {
  readonly rows: number;
  readonly width: number;
  /** Added under the root: 1e-5 in GPT-Neo. */
  readonly eps: number;
}

/**
 * Shifts and scales each row to mean 0 and variance of about 1.
 *
 *   m[t] = (1/width)·Σ_j x[t,j]     v[t] = (1/width)·Σ_j (x[t,j] − m[t])²
 *   y[t,i] = (x[t,i] − m[t]) / sqrt(v[t] + eps) · weight[i] + bias[i]
 *
 * Source: Ba, Kiros & Hinton, arXiv:1607.06450, eq. 3 and 4, with eps. The variance divides by width, not width − 1.
 *
 * @param x (rows, width)
 * @param weight (width)
 * @param bias (width)
 * @throws RangeError when a length does not fit or eps is not ≥ 0
 * Rounding: two passes, so that a large mean costs the variance nothing but the rounding of x − m.
 */
export function layerNorm(dims: LayerNormDims, x: Floats, weight: Floats, bias: Floats): Float64Array {
  const { rows, width, eps } = checkLayerNorm(dims, x, weight, bias);
  const y = new Float64Array(rows * width);
  for (let t = 0; t < rows; t++) {
    const row = t * width;

    let sum = 0;
    for (let j = 0; j < width; j++) sum += x[row + j]!;
    const mean = sum / width;

    let squares = 0;
    for (let j = 0; j < width; j++) squares += (x[row + j]! - mean) * (x[row + j]! - mean);
    const deviation = Math.sqrt(squares / width + eps);

    for (let i = 0; i < width; i++) y[row + i] = ((x[row + i]! - mean) / deviation) * weight[i]! + bias[i]!;
  }
  return y;
}

function checkLayerNorm(dims: LayerNormDims, x: Floats, weight: Floats, bias: Floats): LayerNormDims {
  const { rows, width, eps } = dims;
  expectSize('rows', rows);
  expectSize('width', width);
  if (!(eps >= 0)) throw new RangeError(`"eps" expected a number ≥ 0, got ${eps}`);
  expectShape('x', x, { rows, width });
  expectShape('weight', weight, { width });
  expectShape('bias', bias, { width });
  return dims;
}
