/**
 * Blelloch's work-efficient scan (CMU-CS-90-190, §1.2.1): up-sweep, identity at the root, down-sweep, and once more the
 * input, since that scan is exclusive. The bracketing is that of src/reference/scan-blelloch.ts, node by node.
 *
 * Arrays and units: affine.ts. `work`: for each block a tree of size = 2^⌈log2 n⌉ nodes, a node a vector of a and a
 * vector of b (32 bytes), aligned to 16: blocks·size·32 bytes. Nodes from n on are padding, the identity (1, 0).
 */
import { applyMap, lanesOf, placeOf, putLanes, ScanArgs, takeLanes } from './affine';

// @ts-ignore: decorator
@inline const nodeBytes: usize = 32;

export function scanBlelloch<T>(args: ScanArgs, from: i32, to: i32): void {
  let size = 1;
  while (size < args.n) size *= 2;
  for (let block = from; block < to; block++) {
    const tree = args.work + <usize>block * <usize>size * nodeBytes;
    plant<T>(args, tree, size, block);
    upSweep<T>(tree, size);
    setNode(tree, size - 1, v128.splat<T>(1), v128.splat<T>(0)); // nothing lies before the root
    downSweep<T>(tree, size);
    harvest<T>(args, tree, block);
  }
}

/** The leaves: the elements, then the identity. */
function plant<T>(args: ScanArgs, tree: usize, size: i32, block: i32): void {
  const c = block * lanesOf<T>();
  const count = args.channels - c;
  for (let t = 0; t < args.n; t++) {
    const a = takeLanes<T>(placeOf<T>(args.a, args, t, c), count);
    setNode(tree, t, a, takeLanes<T>(placeOf<T>(args.b, args, t, c), count));
  }
  for (let t = args.n; t < size; t++) setNode(tree, t, v128.splat<T>(1), v128.splat<T>(0));
}

/** A node's last place comes to hold the combination of its whole block: right := left ∘ right. */
function upSweep<T>(tree: usize, size: i32): void {
  for (let half = 1; half < size; half *= 2) {
    for (let end = 2 * half - 1; end < size; end += 2 * half) {
      const left = end - half;
      combineInto<T>(tree, end, aOf(tree, left), bOf(tree, left), aOf(tree, end), bOf(tree, end));
    }
  }
}

/** What lies before a node goes to its left child as it is, and to the right one followed by the left child's block. */
function downSweep<T>(tree: usize, size: i32): void {
  for (let half = size / 2; half >= 1; half /= 2) {
    for (let end = 2 * half - 1; end < size; end += 2 * half) {
      const left = end - half;
      const blockA = aOf(tree, left);
      const blockB = bOf(tree, left);
      setNode(tree, left, aOf(tree, end), bOf(tree, end));
      combineInto<T>(tree, end, aOf(tree, end), bOf(tree, end), blockA, blockB);
    }
  }
}

/** h_t: the second component of exclusive[t] ∘ e_t. */
function harvest<T>(args: ScanArgs, tree: usize, block: i32): void {
  const c = block * lanesOf<T>();
  const count = args.channels - c;
  for (let t = 0; t < args.n; t++) {
    const a = takeLanes<T>(placeOf<T>(args.a, args, t, c), count);
    const b = takeLanes<T>(placeOf<T>(args.b, args, t, c), count);
    putLanes<T>(placeOf<T>(args.h, args, t, c), applyMap<T>(a, b, bOf(tree, t)), count);
  }
}

/** Node i becomes (a0, b0) ∘ (a1, b1). */
// @ts-ignore: decorator
@inline function combineInto<T>(tree: usize, i: i32, a0: v128, b0: v128, a1: v128, b1: v128): void {
  setNode(tree, i, v128.mul<T>(a1, a0), applyMap<T>(a1, b1, b0));
}

// @ts-ignore: decorator
@inline function setNode(tree: usize, i: i32, a: v128, b: v128): void {
  v128.store(tree + <usize>i * nodeBytes, a);
  v128.store(tree + <usize>i * nodeBytes, b, 16);
}

// @ts-ignore: decorator
@inline function aOf(tree: usize, i: i32): v128 {
  return v128.load(tree + <usize>i * nodeBytes);
}

// @ts-ignore: decorator
@inline function bOf(tree: usize, i: i32): v128 {
  return v128.load(tree + <usize>i * nodeBytes, 16);
}
