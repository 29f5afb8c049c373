/**
 * Which bytes a 206 answer says it holds.
 */

export interface ContentRange {
  /** First and last byte, both included. */
  readonly first: number;
  readonly last: number;
  /** Bytes of the whole file; undefined where the server does not say. */
  readonly total: number | undefined;
}

/** `bytes 5-9/10`, or undefined for anything else. */
export function parseContentRange(text: string | null): ContentRange | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(text ?? '');
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const total = match[3] === '*' ? undefined : Number(match[3]);
  return first <= last && (total === undefined || last < total) ? { first, last, total } : undefined;
}
