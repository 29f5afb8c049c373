/**
 * The rows' k and v into the cache, at their positions; layout: attention-args.ts. Unit: a row.
 */
import { AttentionArgs } from './attention-args';
import { endRow, firstRow, headAt, keysOf, positionOf, valuesOf, valueWidth } from './attention-args';

export function storeKeys(args: AttentionArgs, from: i32, to: i32): void {
  for (let s = 0; s < args.sequences; s++) {
    const end = min(to, endRow(args, s));
    for (let t = max(from, firstRow(args, s)); t < end; t++) {
      for (let h = 0; h < args.nHead; h++) storeHead(args, s, h, t);
    }
  }
}

function storeHead(args: AttentionArgs, s: i32, h: i32, t: i32): void {
  const headDim = args.headDim;
  const position = positionOf(args, s, t);
  const k = headAt(args.k, args.kStride, t, h * headDim);
  const group = <usize>(position >> 3) * <usize>headDim;
  const key = keysOf(args, s, h) + (group << 5) + (<usize>(position & 7) << 2);
  for (let d = 0; d < headDim; d++) store<f32>(key + (<usize>d << 5), load<f32>(k + (<usize>d << 2)));

  const bytes = <usize>headDim << 2;
  const value = valuesOf(args, s, h) + ((<usize>position * valueWidth(args)) << 2);
  memory.copy(value, headAt(args.v, args.vStride, t, h * headDim), bytes);
  memory.fill(value + bytes, 0, (valueWidth(args) << 2) - bytes);
}
