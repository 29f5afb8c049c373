/**
 * out[t] = the place of the largest of x[t,:], the first among equals; the first NaN, if there is one. Unit: a row.
 */
@unmanaged
export class ArgmaxArgs {
  out: usize; // u32
  x: usize;
  stride: u32;
  width: i32;
}

export function argmax(args: ArgmaxArgs, from: i32, to: i32): void {
  for (let t = from; t < to; t++) {
    store<u32>(args.out + (<usize>t << 2), placeOfLargest(args.x + ((<usize>t * <usize>args.stride) << 2), args.width));
  }
}

function placeOfLargest(x: usize, width: i32): i32 {
  let best = 0;
  let most = load<f32>(x);
  for (let i = 1; i < width && most == most; i++) {
    const value = load<f32>(x + (<usize>i << 2));
    if (value > most || value != value) {
      most = value;
      best = i;
    }
  }
  return best;
}
