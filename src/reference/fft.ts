/**
 * The fast Fourier transform, for the convolution mode of LTI systems (paper, §2, eq. 3; the S4 papers' fast path).
 *
 * Radix 2, recursive, on separate real and imaginary parts. Source: Cooley & Tukey, Math. Comp. 19, 1965.
 */
import { expectShape } from './shapes.ts';
import type { Floats } from './types.ts';

/** A complex signal as two arrays of the same length. */
export interface Spectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * X[k] = Σ_j x[j]·exp(−2πi·jk/n)
 *
 * The even and the odd samples are transformed on their own; X[k] = E[k] + w·O[k] and X[k + n/2] = E[k] − w·O[k] with
 * w = exp(−2πi·k/n).
 *
 * @param re (n), n a power of two
 * @param im (n)
 * @throws RangeError when n is not a power of two, or the lengths differ
 * Rounding: relative to the 2-norm, below 6u·log2 n. Each w comes from cos and sin, not from products of others.
 */
export function fft(re: Floats, im: Floats): Spectrum {
  const n = expectPowerOfTwo(re, im);
  if (n === 1) return { re: Float64Array.from(re), im: Float64Array.from(im) };

  const even = fft(everySecond(re, 0), everySecond(im, 0));
  const odd = fft(everySecond(re, 1), everySecond(im, 1));
  const outRe = new Float64Array(n);
  const outIm = new Float64Array(n);
  for (let k = 0; k < n / 2; k++) {
    const c = Math.cos((2 * Math.PI * k) / n);
    const s = -Math.sin((2 * Math.PI * k) / n);
    const turnedRe = c * odd.re[k]! - s * odd.im[k]!;
    const turnedIm = c * odd.im[k]! + s * odd.re[k]!;
    outRe[k] = even.re[k]! + turnedRe;
    outIm[k] = even.im[k]! + turnedIm;
    outRe[k + n / 2] = even.re[k]! - turnedRe;
    outIm[k + n / 2] = even.im[k]! - turnedIm;
  }
  return { re: outRe, im: outIm };
}

/**
 * x[j] = (1/n)·Σ_k X[k]·exp(+2πi·jk/n): the forward transform with re and im exchanged on both sides, over n.
 *
 * @throws RangeError as {@link fft}
 */
export function fftInverse(re: Floats, im: Floats): Spectrum {
  const n = expectPowerOfTwo(re, im);
  const swapped = fft(im, re);
  const overN = (value: number) => value / n;
  return { re: swapped.im.map(overN), im: swapped.re.map(overN) };
}

/**
 * The causal convolution of two real signals of the same length, through the FFT.
 *
 *   y[t] = Σ_{l ≤ t} K[l]·u[t − l]
 *
 * Both are padded with zeros to a power of two ≥ 2L: shorter, the end would wrap round into the start.
 *
 * @param K (L)
 * @param u (L)
 * @returns y (L)
 * @throws RangeError when the lengths differ
 * Rounding: relative to ‖K‖₂·‖u‖₂, so a small y[t] beside large ones has few digits.
 */
export function convolveCausal(K: Floats, u: Floats): Float64Array {
  const length = K.length;
  expectShape('u', u, { length });
  let size = 1;
  while (size < 2 * length) size *= 2;

  const kernel = fft(padded(K, size), new Float64Array(size));
  const input = fft(padded(u, size), new Float64Array(size));
  const productRe = kernel.re.map((re, k) => re * input.re[k]! - kernel.im[k]! * input.im[k]!);
  const productIm = kernel.re.map((re, k) => re * input.im[k]! + kernel.im[k]! * input.re[k]!);
  return fftInverse(productRe, productIm).re.slice(0, length);
}

/** The length of both parts. */
function expectPowerOfTwo(re: Floats, im: Floats): number {
  const n = re.length;
  if (!Number.isInteger(Math.log2(n))) throw new RangeError(`"re" expected a power of two as its length, got ${n}`);
  expectShape('im', im, { n });
  return n;
}

function everySecond(data: Floats, first: 0 | 1): Float64Array {
  const half = new Float64Array(data.length / 2);
  for (let i = 0; i < half.length; i++) half[i] = data[2 * i + first]!;
  return half;
}

function padded(data: Floats, size: number): Float64Array {
  const longer = new Float64Array(size);
  longer.set(data);
  return longer;
}
