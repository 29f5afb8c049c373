/**
 * A part of the conformance suite on one backend: problems by their seeds, or with given sizes. Runs in Node and in a page.
 */
import { GpuKernels } from '../../../gpu/kernels.ts';
import { createGpuTarget } from '../../../src/oracle/gpu-target.ts';
import { problemOf } from '../../../src/oracle/operations.ts';
import { judge } from '../../../src/oracle/suite.ts';
import type { Opening, Ran } from './open.ts';
import { openOnce } from './open.ts';
import type { GpuOperation } from './sized-problems.ts';
import { sizedProblem } from './sized-problems.ts';

export interface ConformCall {
  readonly open: Opening;
  readonly operation: GpuOperation;
  /** Seeds from … to − 1; seed s runs size s mod 34, unless sizes are given. */
  readonly from: number;
  readonly to: number;
  /** One list a problem, from seed `from` on. */
  readonly sizes?: readonly (readonly number[])[] | undefined;
}

export interface Conformed extends Ran {
  /** Problems that ran. */
  readonly cases: number;
  /** The worst error in units of its bound. */
  readonly worst: number;
  readonly failures: readonly string[];
  /** Why problems did not run, each reason once. */
  readonly absent: readonly string[];
}

export async function conform({ open, operation, from, to, sizes }: ConformCall): Promise<Conformed> {
  const { backend, ran } = await openOnce(open);
  const target = createGpuTarget(backend, new GpuKernels(backend));
  const failures: string[] = [];
  const absent = new Set<string>();
  let [cases, worst] = [0, 0];
  const run = async (name: string, problem: Parameters<typeof judge<GpuOperation>>[2]) => {
    const verdict = await judge(target, operation, problem);
    if (verdict.absent !== undefined) return void absent.add(verdict.absent);
    cases++;
    worst = Math.max(worst, verdict.worst);
    if (verdict.failure !== undefined) failures.push(`${name}: ${verdict.failure}`);
  };
  if (sizes === undefined) {
    for (let s = from; s < to; s++) await run(`seed ${s}, size ${s % 34}`, problemOf(operation, s, s % 34));
  } else {
    for (const [i, list] of sizes.entries()) {
      await run(`sizes ${list.join(' × ')}, seed ${from + i}`, sizedProblem(operation, from + i, list));
    }
  }
  return { ...ran(), cases, worst, failures, absent: [...absent] };
}
