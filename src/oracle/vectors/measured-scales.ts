/**
 * Scales for a block and for a whole model. A proof by way of every rounding would allow thousands of times what happens
 * (model-bounds.ts), so these are norms, and their factors are measured.
 *
 *   a linear output   ‖row of W‖·‖input‖: an error of the input by ε, relative to its norm, moves it by at most ε times this
 *   anything else     the largest magnitude of its row
 *
 * A row that happens to be small counts as one of the usual size (the root mean square over rows): its terms cancelled, and
 * what they lost did not.
 */
import type { Floats } from '../../reference/types.ts';

/** out (rows, dOut) = input (rows, dIn)·Wᵀ, W (dOut, dIn). */
export function linearScales(input: Floats, weight: Floats, dIn: number): Float64Array {
  const norms = rowNorms(weight, dIn);
  const sizes = atLeastUsual(rowNorms(input, dIn));
  return Float64Array.from({ length: sizes.length * norms.length }, (_, i) => {
    return sizes[Math.floor(i / norms.length)]! * norms[i % norms.length]!;
  });
}

function rowNorms(data: Floats, width: number): Float64Array {
  return Float64Array.from({ length: data.length / width }, (_, i) => {
    let squares = 0;
    for (const value of data.subarray(i * width, (i + 1) * width)) squares += value * value;
    return Math.sqrt(squares);
  });
}

/** The largest magnitude of each row of this width, at each of its places. */
export function rowScales(data: Floats, width: number): Float64Array {
  const largest = Float64Array.from({ length: data.length / width }, (_, row) => {
    let most = 0;
    for (const value of data.subarray(row * width, (row + 1) * width)) most = Math.max(most, Math.abs(value));
    return most;
  });
  const sizes = atLeastUsual(largest);
  return Float64Array.from(data, (_, i) => sizes[Math.floor(i / width)]!);
}

function atLeastUsual(sizes: Float64Array): Float64Array {
  const usual = Math.sqrt(sizes.reduce((sum, size) => sum + size * size, 0) / Math.max(1, sizes.length));
  return sizes.map((size) => Math.max(size, usual));
}
