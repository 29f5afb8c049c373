/**
 * out[r,:] = x[index[r],:]. Unit: a row. out and x do not overlap.
 */
@unmanaged
export class CopyRowsArgs {
  out: usize;
  outStride: u32;
  x: usize;
  xStride: u32;
  index: usize; // u32 (rows)
  width: i32;
}

export function copyRows(args: CopyRowsArgs, from: i32, to: i32): void {
  for (let r = from; r < to; r++) {
    const row = <usize>load<u32>(args.index + (<usize>r << 2));
    const source = args.x + ((row * <usize>args.xStride) << 2);
    memory.copy(args.out + ((<usize>r * <usize>args.outStride) << 2), source, <usize>args.width << 2);
  }
}
