/**
 * embed: row ids[t] of a matrix, as float32; with `add` on top of what stands in out. out (rows, dModel) is a view, ids (rows)
 * u32, weight in the dtype's resident layout. A unit is a row of out. Nothing rounds but that sum. No overlap; ids must be
 * rows of the matrix. Scratch: a row, for a sum.
 */
import { Bf16, F16 } from './half';
import { loadLanes, storeLanes } from './lanes';
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
  add: u32;
}

export function embedF32(args: EmbedArgs, from: i32, to: i32, scratch: usize): void {
  const bytes = <usize>args.dModel << 2;
  for (let t = from; t < to; t++) {
    const row = args.weight + idAt(args, t) * bytes;
    if (args.add) addRow(args, t, row);
    else memory.copy(outAt(args, t), row, bytes);
  }
}

export function embedBf16(args: EmbedArgs, from: i32, to: i32, scratch: usize): void {
  for (let t = from; t < to; t++) {
    const row = args.add ? scratch : outAt(args, t);
    widenRow<Bf16>(row, halfRow(args, t), args.dModel);
    if (args.add) addRow(args, t, row);
  }
}

export function embedF16(args: EmbedArgs, from: i32, to: i32, scratch: usize): void {
  for (let t = from; t < to; t++) {
    const row = args.add ? scratch : outAt(args, t);
    widenRow<F16>(row, halfRow(args, t), args.dModel);
    if (args.add) addRow(args, t, row);
  }
}

export function embedQ8(args: EmbedArgs, from: i32, to: i32, scratch: usize): void {
  for (let t = from; t < to; t++) {
    const id = idAt(args, t);
    const group = args.weight + (id >> 2) * groupBytes(args.dModel);
    const row = args.add ? scratch : outAt(args, t);
    unweave(row, group, id & 3, args.dModel / blockLength);
    if (args.add) addRow(args, t, row);
  }
}

function addRow(args: EmbedArgs, t: i32, row: usize): void {
  const out = outAt(args, t);
  for (let i = 0; i < args.dModel; i += 4) {
    const at = <usize>i << 2;
    const sum = f32x4.add(loadLanes(out + at, args.dModel - i), loadLanes(row + at, args.dModel - i));
    storeLanes(out + at, sum, args.dModel - i);
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
