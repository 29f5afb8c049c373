/**
 * Softmax over keys [from, to) of a row of scores, four at a time; numbers outside become 0.
 * Order: the maximum is exact; weights are added in four lanes, j mod 4 counted from `row`, then (l0 + l2) + (l1 + l3).
 * A NaN among the scores makes all of them NaN.
 */
import { expNonPositive } from './exp';
import { sumOfLanes } from './lanes';

/** The largest score, NaN left out: its weight is NaN all the same. */
export function largestScore(row: usize, from: i32, to: i32): f32 {
  let largest = f32x4.splat(-Infinity);
  for (let j = from & ~3; j < to; j += 4) {
    let scores = v128.load(row + (<usize>j << 2));
    if (j < from || j + 4 > to) scores = v128.bitselect(scores, f32x4.splat(-Infinity), seen(j, from, to));
    largest = f32x4.pmax(largest, scores); // (measured: f32x4.max, which keeps NaN, is some seven instructions)
  }
  const pair = f32x4.pmax(largest, i64x2.shuffle(largest, largest, 1, 0));
  return max<f32>(f32x4.extract_lane(pair, 0), f32x4.extract_lane(pair, 1));
}

/** row[j] ← exp(row[j] − largest). @returns their sum */
export function weightsOf(row: usize, from: i32, to: i32, largest: f32): f32 {
  let total = f32x4.splat(0);
  for (let j = from & ~3; j < to; j += 4) {
    const at = row + (<usize>j << 2);
    const weight = expNonPositive(f32x4.sub(v128.load(at), f32x4.splat(largest)));
    const kept = j >= from && j + 4 <= to ? weight : v128.and(weight, seen(j, from, to));
    v128.store(at, kept);
    total = f32x4.add(total, kept);
  }
  return sumOfLanes(total);
}

/** Which of numbers j … j + 3 are in [from, to). */
// @ts-ignore: decorator
@inline function seen(j: i32, from: i32, to: i32): v128 {
  const places = i32x4.add(i32x4.splat(j), i32x4(0, 1, 2, 3));
  return v128.and(i32x4.ge_s(places, i32x4.splat(from)), i32x4.lt_s(places, i32x4.splat(to)));
}
