/**
 * What is known of a mistake: what other implementations really got wrong, or a port may.
 */
import type { VectorOperation } from '../vectors/vector-case.ts';

export interface Mistake {
  /** Operations that show it. */
  readonly operations: readonly VectorOperation[];
  /** What is right instead. */
  readonly right: string;
  /** A file of the reference, from src/reference/, and a text that stands in it once. */
  readonly contradicts: readonly [file: string, text: string];
  /**
   * How the wrong numbers tell: exactly; by most of their error, since low precision is not the same everywhere; or by where
   * digits are lost and how many.
   */
  readonly tells: 'exactly' | 'mostly' | 'by size';
}

export function mistake(
  operations: readonly VectorOperation[],
  right: string,
  contradicts: Mistake['contradicts'],
  tells: Mistake['tells'] = 'exactly',
): Mistake {
  return { operations, right, contradicts, tells };
}
