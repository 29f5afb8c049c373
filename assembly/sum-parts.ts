/**
 * out[r, g, :] = Σ_k parts[r, g, k, :], k upwards: parts (rows, groups, count, width), out (rows, groups, width), both
 * contiguous f32, aligned to 4, without overlap. count 0 gives zeros. Unit: one (r, g).
 */
import { loadLanes, storeLanes } from './lanes';

@unmanaged
export class SumPartsArgs {
  out: usize;
  parts: usize;
  count: i32;
  width: i32;
}

export function sumParts(args: SumPartsArgs, from: i32, to: i32): void {
  const width = args.width;
  const bytes = <usize>width << 2;
  for (let unit = from; unit < to; unit++) {
    const parts = args.parts + <usize>unit * <usize>args.count * bytes;
    for (let n = 0; n < width; n += 4) {
      const offset = <usize>n << 2;
      let sum = f32x4.splat(0);
      for (let k = 0; k < args.count; k++) {
        sum = f32x4.add(sum, loadLanes(parts + <usize>k * bytes + offset, width - n));
      }
      storeLanes(args.out + <usize>unit * bytes + offset, sum, width - n);
    }
  }
}
