/**
 * Discretization of scalar state space models, number by number: (Δ, A, B) → (Ā, B̄), as src/reference/discretize.ts.
 *
 *   0 zoh       exp(ΔA)                    Δ·φ(ΔA)·B        φ(v) = (exp(v) − 1)/v
 *   1 bilinear  (1 + ½ΔA)/(1 − ½ΔA)        ΔB/(1 − ½ΔA)
 *   2 euler     1 + ΔA                     ΔB
 *   3 mamba     exp(ΔA)                    ΔB
 *
 * Arrays of f32, aligned to 4; outputs may be inputs' memory. Unit: a number; ranges may start anywhere.
 */
import { exp } from './exp';
import { loadLanes, storeLanes } from './lanes';
import { phi } from './phi';

@unmanaged
export class DiscretizeArgs {
  rule: i32;
  delta: usize;
  A: usize;
  B: usize;
  aBar: usize;
  bBar: usize;
}

// @ts-ignore: decorator
@inline const zoh: i32 = 0;
// @ts-ignore: decorator
@inline const bilinear: i32 = 1;
// @ts-ignore: decorator
@inline const euler: i32 = 2;

export function discretize(args: DiscretizeArgs, from: i32, to: i32): void {
  for (let i = from; i < to; i += 4) {
    const offset = <usize>i << 2;
    const count = to - i;
    const delta = loadLanes(args.delta + offset, count);
    const deltaA = f32x4.mul(delta, loadLanes(args.A + offset, count));
    const B = loadLanes(args.B + offset, count);
    storeLanes(args.aBar + offset, aBarOf(args.rule, deltaA), count);
    storeLanes(args.bBar + offset, bBarOf(args.rule, delta, deltaA, B), count);
  }
}

// @ts-ignore: decorator
@inline function aBarOf(rule: i32, deltaA: v128): v128 {
  if (rule == euler) return f32x4.add(f32x4.splat(1), deltaA);
  if (rule != bilinear) return exp(deltaA);
  const half = f32x4.mul(deltaA, f32x4.splat(0.5));
  return f32x4.div(f32x4.add(f32x4.splat(1), half), f32x4.sub(f32x4.splat(1), half));
}

// @ts-ignore: decorator
@inline function bBarOf(rule: i32, delta: v128, deltaA: v128, B: v128): v128 {
  if (rule == zoh) return f32x4.mul(f32x4.mul(delta, phi(deltaA)), B);
  const deltaB = f32x4.mul(delta, B);
  if (rule != bilinear) return deltaB;
  return f32x4.div(deltaB, f32x4.sub(f32x4.splat(1), f32x4.mul(deltaA, f32x4.splat(0.5))));
}
