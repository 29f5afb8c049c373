/**
 * Whether results were made from other vectors than they are checked against: a sentence instead of a hunt for mistakes.
 */
import type { JudgedVectors, Manifest } from '../oracle/index.ts';

/** Operations that must be wrong as a whole before anybody asks whether these are the right vectors. */
const fewest = 2;

/** Cases whose results have other shapes, before anybody asks for the layout. */
const misshapen = 10;

export function otherVectors({ cases }: JudgedVectors, { seed, size, layout }: Manifest): string | undefined {
  const which = `are these the results of these vectors (seed ${seed}, size ${size}, layout ${layout})?`;
  const answered = cases.filter((one) => Object.values(one.case.outputs).some(({ value }) => value.length > 0));
  const failing = answered.filter(({ verdict }) => verdict.failures.length > 0);
  const shapes = failing.filter(({ given }) => Object.values(given).some((output) => isOtherShape(output)));
  if (shapes.length >= misshapen && shapes.length > 0.8 * failing.length) {
    return `${shapes.length} cases have results of other shapes: ${which}`;
  }
  const operations = new Set(answered.map((one) => one.case.operation));
  if (operations.size < fewest || failing.length < 0.95 * answered.length) return undefined;
  return `next to nothing is right in ${operations.size} operations: ${which}`;
}

function isOtherShape(output: unknown): boolean {
  return typeof output === 'string' && output.startsWith('expected shape');
}
