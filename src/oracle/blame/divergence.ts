/**
 * The first operation that diverges, where an implementation gives its intermediates as well.
 */
import type { BlamedCase } from './blame.ts';

/** What computes each intermediate of a block, by the name that a trace gives it. */
const makers: Readonly<Record<string, string>> = {
  norm: 'the RMSNorm before the block',
  xz: 'inProj',
  conv: 'the causal convolution',
  convState: 'the state of the convolution',
  x: 'SiLU after the convolution',
  z: 'the second half of inProj',
  deltaLow: 'the first rows of xProj',
  B: 'the B rows of xProj',
  C: 'the C rows of xProj',
  delta: 'dtProj',
  stepSize: 'bias and softplus of Δ',
  A: 'A = −exp(A_log)',
  y: 'the selective scan, with D and gate',
  hLast: 'the states of the scan',
  out: 'outProj',
  residual: 'the residual',
  hidden: 'the last norm',
};

/** Intermediates in the order in which they are computed; the results themselves come last. */
export function firstDivergence(cases: readonly BlamedCase[]): string | undefined {
  for (const { case: one, verdict } of cases) {
    if (one.operation !== 'block' && one.operation !== 'trace') continue;
    const traced = Object.keys(one.outputs).filter((name) => one.operation === 'trace' || one.outputs[name]!.optional);
    const judged = new Map(verdict.outputs.map((output) => [output.output, output]));
    const given = traced.filter((name) => judged.has(name));
    const off = given.find((name) => judged.get(name)!.failure !== undefined);
    if (off !== undefined) return `${off} of ${one.name}: ${makers[off.slice(off.lastIndexOf('.') + 1)] ?? off}`;
    if (given.length > 0 && verdict.failures.length > 0)
      return `the results of ${one.name}, behind every intermediate given`;
  }
  return undefined;
}
