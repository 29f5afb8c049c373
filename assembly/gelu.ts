/**
 * gelu_new of rows, the form with tanh, which is a sigmoid (½(1 + tanh u) = σ(2u)) and so does not cancel below 0:
 *
 *   out[t,i] = ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))) = x·σ(x·(c + d·x²))      c = 2√(2/π), d = 0.044715·c
 *
 * Unit: a row; out may be x. Nothing is summed; the argument of σ is float32, σ as in softplus.ts. (measured: 1 to 3 % of a
 * layer of GPT-Neo-125M, at one row and at 512, so that it need not be a part of linear)
 */
import { loadLanes, multiplyAdd, storeLanes } from './lanes';
import { timesSigmoid } from './softplus';

// @ts-ignore: decorator
@inline const slope: f32 = 1.5957691216057308;
// @ts-ignore: decorator
@inline const cubic: f32 = 0.07135481627260025;

@unmanaged
export class GeluArgs {
  out: usize;
  outStride: u32;
  x: usize;
  xStride: u32;
  width: i32;
}

export function gelu(args: GeluArgs, from: i32, to: i32): void {
  const width = args.width;
  for (let t = from; t < to; t++) {
    const x = args.x + ((<usize>t * <usize>args.xStride) << 2);
    const out = args.out + ((<usize>t * <usize>args.outStride) << 2);
    for (let i = 0; i < width; i += 4) {
      const v = loadLanes(x + (<usize>i << 2), width - i);
      storeLanes(out + (<usize>i << 2), geluOf(v), width - i);
    }
  }
}

// @ts-ignore: decorator
@inline function geluOf(x: v128): v128 {
  const inner = multiplyAdd(f32x4.splat(slope), f32x4.mul(x, x), f32x4.splat(cubic));
  return timesSigmoid(x, f32x4.mul(x, inner));
}
