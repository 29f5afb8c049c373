/**
 * A linear layer: inProj, xProj, dtProj, outProj and the logits are this one formula.
 */
import { expectOptionalShape, expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

export interface LinearDims {
  readonly rows: number; // tokens
  readonly dIn: number;
  readonly dOut: number;
}

/**
 * Applies one matrix to every token.
 *
 *   y[t,i] = bias[i] + Σ_j weight[i,j]·x[t,j]
 *
 * @param x (rows, dIn)
 * @param weight (dOut, dIn), as PyTorch stores it
 * @param bias (dOut) or absent
 * @returns y (rows, dOut)
 * @throws RangeError when a length does not fit `dims`
 * Rounding: float64, summed over j in ascending order, the bias added last.
 */
export function linear(dims: LinearDims, x: Floats, weight: Floats, bias?: Floats): Float64Array {
  const { rows, dIn, dOut } = checkLinear(dims, x, weight);
  expectOptionalShape('bias', bias, { dOut });

  const y = new Float64Array(rows * dOut);
  for (let t = 0; t < rows; t++) {
    const token = x.subarray(t * dIn, (t + 1) * dIn);
    for (let i = 0; i < dOut; i++) {
      const row = i * dIn;
      let sum = 0;
      for (let j = 0; j < dIn; j++) sum += weight[row + j]! * token[j]!;
      y[t * dOut + i] = bias === undefined ? sum : sum + bias[i]!;
    }
  }
  return y;
}

export interface LinearGradients {
  readonly dX: Float64Array; // (rows, dIn)
  readonly dWeight: Float64Array; // (dOut, dIn)
  readonly dBias: Float64Array; // (dOut), to be ignored when there was no bias
}

/**
 * Gradients of {@link linear}.
 *
 *   dX[t,j] = Σ_i dY[t,i]·weight[i,j]     dWeight[i,j] = Σ_t dY[t,i]·x[t,j]     dBias[i] = Σ_t dY[t,i]
 *
 * @param dY (rows, dOut), the gradient of the loss by y
 */
export function linearBackward(dims: LinearDims, x: Floats, weight: Floats, dY: Floats): LinearGradients {
  const { rows, dIn, dOut } = checkLinear(dims, x, weight);
  expectShape('dY', dY, { rows, dOut });

  const dX = new Float64Array(rows * dIn);
  const dWeight = new Float64Array(dOut * dIn);
  const dBias = new Float64Array(dOut);
  for (let t = 0; t < rows; t++) {
    for (let i = 0; i < dOut; i++) {
      const g = dY[t * dOut + i]!;
      dBias[i]! += g;
      for (let j = 0; j < dIn; j++) {
        dX[t * dIn + j]! += g * weight[i * dIn + j]!;
        dWeight[i * dIn + j]! += g * x[t * dIn + j]!;
      }
    }
  }
  return { dX, dWeight, dBias };
}

function checkLinear(dims: LinearDims, x: Floats, weight: Floats): LinearDims {
  const { rows, dIn, dOut } = dims;
  expectSize('rows', rows);
  expectSize('dIn', dIn);
  expectSize('dOut', dOut);
  expectShape('x', x, { rows, dIn });
  expectShape('weight', weight, { dOut, dIn });
  return dims;
}
