/**
 * Whether nothing but cases whose inputs have 24 bits is wrong: then inputs are read as a narrower dtype.
 */
import type { JudgedCase } from '../oracle/index.ts';

/** Fewer wrong cases may have other reasons. */
const fewest = 3;

export function onlyWideText(cases: readonly JudgedCase[]): string | undefined {
  const failed = cases.filter(({ verdict }) => verdict.failures.length > 0);
  if (failed.length < fewest || failed.some((one) => one.case.narrow)) return undefined;
  return 'all that fails has inputs of 24 bits: are inputs read as bfloat16, float16 or TF32? --inputs declares that';
}
