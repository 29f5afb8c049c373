/**
 * A block of 32-bit words from one place to another, as part of a program: how numbers from the host arrive in the
 * order of the operations.
 */
@unmanaged
export class CopyWordsArgs {
  dst: usize;
  src: usize;
  length: u32;
}

/** One unit: the whole block. The blocks do not overlap. */
export function copyWords(args: CopyWordsArgs): void {
  memory.copy(args.dst, args.src, <usize>args.length << 2);
}
