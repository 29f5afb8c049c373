/**
 * The header `Range: bytes=first-last` of one range (RFC 9110, §14.1.2).
 */

/** Bytes first … last, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** @returns undefined for a header that is to be ignored, 'unsatisfiable' for a range outside of `size` bytes */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [, from, to] = match;
  if (from === '') {
    const length = Math.min(Number(to), size);
    return length > 0 ? { first: size - length, last: size - 1 } : 'unsatisfiable';
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) return undefined;
  return first < size ? { first, last } : 'unsatisfiable';
}
