/**
 * Every scan algorithm there is, by name: a law about scans is a law about each of these.
 */
import type { Scan } from '../../src/reference/monoid.ts';
import { scanBlelloch } from '../../src/reference/scan-blelloch.ts';
import { scanChunked } from '../../src/reference/scan-chunked.ts';
import { scanHillisSteele } from '../../src/reference/scan-hillis-steele.ts';
import { scanSequential } from '../../src/reference/scan-sequential.ts';

export const chunkedBy =
  (chunk: number, scan: Scan): Scan =>
  (monoid, elements) =>
    scanChunked(monoid, elements, chunk, scan);

export const scans: Readonly<Record<string, Scan>> = {
  scanSequential,
  scanBlelloch,
  scanHillisSteele,
  'scanChunked by 1': chunkedBy(1, scanSequential),
  'scanChunked by 3': chunkedBy(3, scanSequential),
  'scanChunked by 16, Blelloch inside': chunkedBy(16, scanBlelloch),
};
