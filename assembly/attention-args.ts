/**
 * What the attention kernels share: their record, the layout of the cache, and which keys a row sees.
 *
 *   out[t,:] = Σ_j p[j]·value[j,:]      p = softmax over the keys j that row t sees of q[t,:]·key[j,:]      a head at a time
 *
 * out, q, k, v: views of (rows, nHead·headDim), head h in columns h·headDim …. Rows of sequence s are bounds[s,0] …
 * bounds[s,1] − 1, their positions starts[s], starts[s] + 1 …; starts[s] + its rows ≤ capacity. A row at position i sees
 * keys 0 … i, with a window the last `window` of them. There is no factor 1/√headDim: GPT-Neo has none.
 *
 * The cache, capacity being a multiple of 8: keys (sequences, nHead, capacity/8, headDim, 8), eight positions woven, so that
 * their products with a number of q are two vectors and nothing is summed across lanes; values (sequences, nHead, capacity,
 * width), width being headDim rounded up to 8, the columns behind headDim 0. All pointers are 4-aligned.
 */

/** Keys that are weighed together; tiles begin at multiples of it, wherever a chunk begins. */
// @ts-ignore: decorator
@inline export const tileKeys: i32 = 64;

@unmanaged
export class AttentionArgs {
  out: usize;
  outStride: u32;
  q: usize;
  qStride: u32;
  k: usize;
  kStride: u32;
  v: usize;
  vStride: u32;
  keys: usize;
  values: usize;
  starts: usize; // u32 (sequences)
  bounds: usize; // u32 (sequences, 2)
  sequences: i32;
  nHead: i32;
  headDim: i32;
  capacity: i32;
  /** 0: none */
  window: i32;
  rows: i32;
  /** Rows of a unit, at most mostRows. */
  block: i32;
  /** Eager only: (nHead, rows, capacity). */
  scores: usize;
}

/** Columns of the cached values. */
// @ts-ignore: decorator
@inline export function valueWidth(args: AttentionArgs): usize {
  return <usize>((args.headDim + 7) & ~7);
}

/** The keys of one sequence's head. */
// @ts-ignore: decorator
@inline export function keysOf(args: AttentionArgs, sequence: i32, head: i32): usize {
  const place = <usize>(sequence * args.nHead + head) * <usize>args.capacity;
  return args.keys + ((place * <usize>args.headDim) << 2);
}

// @ts-ignore: decorator
@inline export function valuesOf(args: AttentionArgs, sequence: i32, head: i32): usize {
  const place = <usize>(sequence * args.nHead + head) * <usize>args.capacity;
  return args.values + ((place * valueWidth(args)) << 2);
}

// @ts-ignore: decorator
@inline export function firstRow(args: AttentionArgs, sequence: i32): i32 {
  return load<i32>(args.bounds + (<usize>sequence << 3));
}

// @ts-ignore: decorator
@inline export function endRow(args: AttentionArgs, sequence: i32): i32 {
  return load<i32>(args.bounds + (<usize>sequence << 3), 4);
}

/** The position of row t, which is one of the sequence's. */
// @ts-ignore: decorator
@inline export function positionOf(args: AttentionArgs, sequence: i32, t: i32): i32 {
  return load<i32>(args.starts + (<usize>sequence << 2)) + t - firstRow(args, sequence);
}

/** The first key that a row at a position sees. */
// @ts-ignore: decorator
@inline export function firstKey(args: AttentionArgs, position: i32): i32 {
  return args.window > 0 ? max(0, position + 1 - args.window) : 0;
}

/** Row t, head h of a view. */
// @ts-ignore: decorator
@inline export function headAt(view: usize, stride: u32, t: i32, column: i32): usize {
  return view + ((<usize>t * <usize>stride + <usize>column) << 2);
}
