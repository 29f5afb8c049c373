/**
 * exp, softplus, silu and sigmoid over an array. Unit: a number; ranges may start anywhere.
 */
import { exp } from './exp';
import { loadLanes, storeLanes } from './lanes';
import { sigmoid, silu, softplus } from './softplus';

@unmanaged
export class ElementwiseArgs {
  out: usize;
  x: usize;
}

export function expOf(args: ElementwiseArgs, from: i32, to: i32): void {
  for (let i = from; i < to; i += 4) put(args, i, to, exp(take(args, i, to)));
}

export function softplusOf(args: ElementwiseArgs, from: i32, to: i32): void {
  for (let i = from; i < to; i += 4) put(args, i, to, softplus(take(args, i, to)));
}

export function siluOf(args: ElementwiseArgs, from: i32, to: i32): void {
  for (let i = from; i < to; i += 4) put(args, i, to, silu(take(args, i, to)));
}

export function sigmoidOf(args: ElementwiseArgs, from: i32, to: i32): void {
  for (let i = from; i < to; i += 4) put(args, i, to, sigmoid(take(args, i, to)));
}

// @ts-ignore: decorator
@inline function take(args: ElementwiseArgs, i: i32, to: i32): v128 {
  return loadLanes(args.x + (<usize>i << 2), to - i);
}

// @ts-ignore: decorator
@inline function put(args: ElementwiseArgs, i: i32, to: i32, v: v128): void {
  storeLanes(args.out + (<usize>i << 2), v, to - i);
}
