/**
 * Mutants of a file: a few edits of those that break readers, all from a seed.
 */

/** Uniform numbers, xorshift32. */
export function generator(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const bytes = [0, 1, 2, 0x7f, 0x80, 0x81, 0xfe, 0xff];
const words = [0n, 1n, 31n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

/** One to four edits of a copy. */
export function mutant(file: Uint8Array, next: (below: number) => number): Uint8Array {
  let changed: Uint8Array = file.slice();
  for (let edits = 1 + next(4); edits > 0; edits--) if (changed.length > 0) changed = edited(changed, next);
  return changed;
}

/** Changes the bytes in place, or makes a shorter or a longer file. */
function edited(file: Uint8Array, next: (below: number) => number): Uint8Array {
  const at = next(file.length);
  switch (next(8)) {
    case 0:
      file[at]! ^= 1 << next(8);
      return file;
    case 1:
      file[at] = next(256);
      return file;
    case 2:
      file[at] = bytes[next(bytes.length)]!;
      return file;
    case 3:
      return withWord(file, at, words[next(words.length)]! + BigInt(next(3)) - 1n, next(2) === 0 ? 4 : 8);
    case 4:
      return file.slice(0, at);
    case 5:
      return spliced(file, at, 0, file.subarray(next(file.length)).subarray(0, next(24)));
    case 6:
      return spliced(file, at, next(24), new Uint8Array(0));
    default:
      file.copyWithin(at, next(file.length), file.length);
      return file;
  }
}

function withWord(file: Uint8Array, at: number, word: bigint, size: number): Uint8Array {
  for (let i = 0; i < size && at + i < file.length; i++) file[at + i] = Number((word >> BigInt(8 * i)) & 255n);
  return file;
}

function spliced(file: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const tail = file.subarray(at + remove);
  const out = new Uint8Array(at + insert.length + tail.length);
  out.set(file.subarray(0, at));
  out.set(insert, at);
  out.set(tail, at + insert.length);
  return out;
}
