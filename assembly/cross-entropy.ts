/**
 * out[t] = log Σ_i exp(logits[t,i]) − logits[t,targets[t]]. Unit: a row.
 * Order: the maximum is taken off first; exponentials in float32 are added in four float64 lanes, i mod 4; the logarithm
 * is float64, the result rounded once to float32.
 */
import { largestOf } from './argmax';
import { expNonPositive } from './exp';
import { loadLanes } from './lanes';

@unmanaged
export class CrossEntropyArgs {
  out: usize;
  logits: usize;
  stride: u32;
  targets: usize; // u32 (rows)
  vocabSize: i32;
}

export function crossEntropy(args: CrossEntropyArgs, from: i32, to: i32): void {
  for (let t = from; t < to; t++) {
    const row = args.logits + ((<usize>t * <usize>args.stride) << 2);
    const largest = largestOf(row, args.vocabSize);
    const target = load<f32>(row + (<usize>load<u32>(args.targets + (<usize>t << 2)) << 2));
    const total = sumOfExp(row, args.vocabSize, largest);
    store<f32>(args.out + (<usize>t << 2), <f32>(log(total) + (<f64>largest - <f64>target)));
  }
}

function sumOfExp(row: usize, width: i32, largest: f32): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (let i = 0; i < width; i += 4) {
    const v = loadLanes(row + (<usize>i << 2), width - i);
    let e = expNonPositive(f32x4.sub(v, f32x4.splat(largest)));
    if (width - i < 4) e = v128.and(e, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(width - i)));
    low = f64x2.add(low, f64x2.promote_low_f32x4(e));
    high = f64x2.add(high, f64x2.promote_low_f32x4(i64x2.shuffle(e, e, 1, 1)));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** log(v) for v ≥ 1: v = m·2^e, m in [√½, √2), log m = 2·artanh((m − 1)/(m + 1)) by its series; error below 1e-15. */
function log(v: f64): f64 {
  if (!(v < Infinity)) return v;
  const bits = reinterpret<i64>(v);
  const exponent = (bits - 0x3fe6a09e667f3bcd) >> 52;
  const m = reinterpret<f64>(bits - (exponent << 52));
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum: f64 = 0;
  for (let k = 21; k >= 1; k -= 2) sum = sum * square + 1 / <f64>k;
  return 2 * s * sum + <f64>exponent * 0.6931471805599453;
}
