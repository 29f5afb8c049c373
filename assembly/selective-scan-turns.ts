/**
 * The inner loops of the selective scan: the states of some channels through a chunk of tokens,
 * h ← exp(ΔA)·h + (Δ·x)·B.
 *
 * Time is the inner loop, so that A and h stay in registers; sixteen states a turn keep four independent exponentials
 * in flight (measured: 0.78 ns a state update; 0.95 with four a turn, as with Ā and recurrence in loops of their own).
 * Loops end in their condition: V8 lifts constants out of such loops only (measured: 6 %).
 *
 * A token's sum over n is kept as four lanes: lane l adds C·h of n = l, l + 4 … in ascending order, however many states
 * a turn takes.
 */
import { expSmall } from './exp';
import { multiplyAdd } from './lanes';
import { isSmall, rowOfB, rowOfC, size, stepBytes, sumBytes, Walk, walkAny } from './selective-scan-walk';

export function walkStates(walk: Walk): void {
  const dState = walk.dState;
  let n = 0;
  if (!walk.zoh) {
    for (; n + 16 <= dState; n += 16) walkSixteen(walk, <usize>n << 2);
    for (; n + 4 <= dState; n += 4) walkFour(walk, <usize>n << 2);
  }
  for (; n < dState; n += 4) for (let c = 0; c < walk.channels; c++) walkAny(walk, c, <usize>n << 2, dState - n);
}

function walkSixteen(walk: Walk, offset: usize): void {
  const row = <usize>walk.dState << 2;
  const bytes = <usize>walk.tokens * stepBytes;
  const channels = walk.channels;
  let A = walk.A + offset;
  let h = walk.h + offset;
  let c = 0;
  do {
    const A0 = v128.load(A);
    const A1 = v128.load(A, 16);
    const A2 = v128.load(A, 32);
    const A3 = v128.load(A, 48);
    if (isSmall(walk, c, i32x4.max_u(i32x4.max_u(size(A0), size(A1)), i32x4.max_u(size(A2), size(A3))))) {
      let h0 = v128.load(h);
      let h1 = v128.load(h, 16);
      let h2 = v128.load(h, 32);
      let h3 = v128.load(h, 48);
      let B = rowOfB(walk, c) + offset;
      let C = rowOfC(walk, c) + offset;
      let steps = walk.steps + (<usize>c << 2);
      let sums = walk.sums + (<usize>c << 4);
      const bStep = walk.bStep;
      const cStep = walk.cStep;
      const end = steps + bytes;
      do {
        const delta = v128.load32_splat(steps);
        const deltaX = v128.load32_splat(steps, 16);
        h0 = advance(h0, delta, deltaX, A0, v128.load(B));
        h1 = advance(h1, delta, deltaX, A1, v128.load(B, 16));
        h2 = advance(h2, delta, deltaX, A2, v128.load(B, 32));
        h3 = advance(h3, delta, deltaX, A3, v128.load(B, 48));
        let sum = multiplyAdd(v128.load(sums), v128.load(C), h0);
        sum = multiplyAdd(sum, v128.load(C, 16), h1);
        sum = multiplyAdd(sum, v128.load(C, 32), h2);
        v128.store(sums, multiplyAdd(sum, v128.load(C, 48), h3));
        B += bStep;
        C += cStep;
        steps += stepBytes;
        sums += sumBytes;
      } while (steps < end);
      v128.store(h, h0);
      v128.store(h, h1, 16);
      v128.store(h, h2, 32);
      v128.store(h, h3, 48);
    } else {
      for (let v: usize = 0; v < 64; v += 16) walkAny(walk, c, offset + v, 4);
    }
    A += row;
    h += row;
  } while (++c < channels);
}

function walkFour(walk: Walk, offset: usize): void {
  const row = <usize>walk.dState << 2;
  const bytes = <usize>walk.tokens * stepBytes;
  const channels = walk.channels;
  let A = walk.A + offset;
  let h = walk.h + offset;
  let c = 0;
  do {
    const A0 = v128.load(A);
    if (isSmall(walk, c, size(A0))) {
      let h0 = v128.load(h);
      let B = rowOfB(walk, c) + offset;
      let C = rowOfC(walk, c) + offset;
      let steps = walk.steps + (<usize>c << 2);
      let sums = walk.sums + (<usize>c << 4);
      const bStep = walk.bStep;
      const cStep = walk.cStep;
      const end = steps + bytes;
      do {
        h0 = advance(h0, v128.load32_splat(steps), v128.load32_splat(steps, 16), A0, v128.load(B));
        v128.store(sums, multiplyAdd(v128.load(sums), v128.load(C), h0));
        B += bStep;
        C += cStep;
        steps += stepBytes;
        sums += sumBytes;
      } while (steps < end);
      v128.store(h, h0);
    } else {
      walkAny(walk, c, offset, 4);
    }
    A += row;
    h += row;
  } while (++c < channels);
}

// @ts-ignore: decorator
@inline function advance(h: v128, delta: v128, deltaX: v128, A: v128, B: v128): v128 {
  return multiplyAdd(f32x4.mul(deltaX, B), expSmall(f32x4.mul(delta, A)), h);
}
