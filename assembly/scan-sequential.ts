/**
 * The sequential scan: h_0 = b_0, h_t = a_t·h_{t−1} + b_t, channel by channel in order. Layout and units: affine.ts.
 */
import { applyMap, lanesOf, placeOf, putLanes, ScanArgs, takeLanes } from './affine';

export function scanSequential<T>(args: ScanArgs, from: i32, to: i32): void {
  for (let block = from; block < to; block++) {
    const c = block * lanesOf<T>();
    const count = args.channels - c;
    let h = v128.splat<T>(0);
    for (let t = 0; t < args.n; t++) {
      const b = takeLanes<T>(placeOf<T>(args.b, args, t, c), count);
      h = t == 0 ? b : applyMap<T>(takeLanes<T>(placeOf<T>(args.a, args, t, c), count), b, h);
      putLanes<T>(placeOf<T>(args.h, args, t, c), h, count);
    }
  }
}
