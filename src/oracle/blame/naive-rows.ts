/**
 * Rows of a matrix for the naive block and model: products, columns, norms.
 */

/** x (rows, dIn)·Wᵀ + bias */
export function product(x: Float64Array, weight: Float64Array, dIn: number, bias?: Float64Array): Float64Array {
  const dOut = weight.length / dIn;
  return Float64Array.from({ length: (x.length / dIn) * dOut }, (_, index) => {
    const [t, i] = [Math.floor(index / dOut), index % dOut];
    let sum = bias?.[i] ?? 0;
    for (let j = 0; j < dIn; j++) sum += weight[i * dIn + j]! * x[t * dIn + j]!;
    return sum;
  });
}

export function slice(data: Float64Array, width: number, from: number, columns: number): Float64Array {
  const rows = data.length / width;
  return Float64Array.from({ length: rows * columns }, (_, i) => {
    return data[Math.floor(i / columns) * width + from + (i % columns)]!;
  });
}

/** Columns for rows, in the same place. */
export function transposed(data: Float64Array, width: number): Float64Array {
  const rows = data.length / width;
  return data.map((_, i) => data[(i % rows) * width + Math.floor(i / rows)]!);
}

export function unchanged(data: Float64Array): Float64Array {
  return data;
}

/** Rows over their root mean square. */
export function normed(data: Float64Array, width: number, eps: number): Float64Array {
  return data.map((value, i) => {
    const row = data.subarray(i - (i % width), i - (i % width) + width);
    return value / Math.sqrt(row.reduce((sum, v) => sum + v * v, 0) / width + eps);
  });
}

export function weighted(data: Float64Array, weight: Float64Array): Float64Array {
  return data.map((value, i) => value * weight[i % weight.length]!);
}
