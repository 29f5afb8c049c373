/**
 * Amounts of memory for people, in decimal units as the hub has them.
 */
export interface BytesOptions {
  /** Behind the point, from kB on. Default 1. */
  readonly digits?: number;
  /** What is needed is rounded up and what there is down, so that no line says that 4.00 GB do not fit into 4.00 GB. */
  readonly round?: 'nearest' | 'up' | 'down';
}

const units: readonly string[] = ['kB', 'MB', 'GB', 'TB'];
const roundings = { nearest: Math.round, up: Math.ceil, down: Math.floor } as const;

/** 812 bytes, 45.2 MB, 5.6 GB, 1.2 TB. */
export function bytesText(bytes: number, { digits = 1, round = 'nearest' }: BytesOptions = {}): string {
  if (bytes < 1e3) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const rounded = (power: number) => roundings[round]((bytes / 1e3 ** power) * 10 ** digits) / 10 ** digits;
  let power = 1;
  while (power < units.length && rounded(power) >= 1e3) power++;
  return `${rounded(power).toFixed(digits)} ${units[power - 1]}`;
}
