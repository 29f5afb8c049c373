/**
 * embed: row ids[t] of a matrix, as float32. out (rows, dModel) is a view, ids (rows) u32, weight in the dtype's
 * resident layout. A unit is a row of out. Nothing rounds. No overlap; ids must be rows of the matrix.
 */
import { Bf16, F16 } from './half';
import { widenRow } from './pack-half';
import { blockBytes, blockLength, groupBytes, scaleBytes } from './quantize-layout';

@unmanaged
export class EmbedArgs {
  out: usize;
  outStride: u32;
  ids: usize;
  weight: usize;
  rows: i32;
  dModel: i32;
}

export function embedF32(args: EmbedArgs, from: i32, to: i32, scratch: usize): void {
  const bytes = <usize>args.dModel << 2;
  for (let t = from; t < to; t++) memory.copy(outAt(args, t), args.weight + idAt(args, t) * bytes, bytes);
}

export function embedBf16(args: EmbedArgs, from: i32, to: i32, scratch: usize): void {
  for (let t = from; t < to; t++) widenRow<Bf16>(outAt(args, t), halfRow(args, t), args.dModel);
}

export function embedF16(args: EmbedArgs, from: i32, to: i32, scratch: usize): void {
  for (let t = from; t < to; t++) widenRow<F16>(outAt(args, t), halfRow(args, t), args.dModel);
}

export function embedQ8(args: EmbedArgs, from: i32, to: i32, scratch: usize): void {
  for (let t = from; t < to; t++) {
    const id = idAt(args, t);
    const group = args.weight + (id >> 2) * groupBytes(args.dModel);
    unweave(outAt(args, t), group, id & 3, args.dModel / blockLength);
  }
}

/** Row k of a group. */
function unweave(out: usize, block: usize, k: usize, blocks: i32): void {
  for (let b = 0; b < blocks; b++) {
    const scale = load<f32>(block + (k << 2));
    const first = block + scaleBytes + (k << 1);
    for (let pair: usize = 0; pair < 128; pair += 8) {
      store<f32>(out, scale * <f32>load<i8>(first + pair));
      store<f32>(out, scale * <f32>load<i8>(first + pair, 1), 4);
      out += 8;
    }
    block += blockBytes;
  }
}

// @ts-ignore: decorator
@inline function idAt(args: EmbedArgs, t: i32): usize {
  return load<u32>(args.ids + (<usize>t << 2));
}

// @ts-ignore: decorator
@inline function outAt(args: EmbedArgs, t: i32): usize {
  return args.out + ((<usize>t * args.outStride) << 2);
}

// @ts-ignore: decorator
@inline function halfRow(args: EmbedArgs, t: i32): usize {
  return args.weight + ((idAt(args, t) * args.dModel) << 1);
}
