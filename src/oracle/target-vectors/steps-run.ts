/**
 * A selective scan of one token a call, the state carried from call to call.
 */
import type { Problems } from '../operations.ts';
import type { Target } from '../target.ts';
import type { RunOutputs } from './vector-run.ts';

export async function runSteps(target: Target, problem: Problems['selectiveScan']): Promise<RunOutputs> {
  const { seqLen, dInner, dState, groups } = problem;
  const token = (data: Float32Array, t: number, width: number) => data.slice(t * width, (t + 1) * width);
  const y = new Float32Array(seqLen * dInner);
  let { h } = problem;
  for (let t = 0; t < seqLen; t++) {
    const step = {
      ...problem,
      ...{ seqLen: 1, cuSeqlens: [0, 1], h },
      ...{ x: token(problem.x, t, dInner), delta: token(problem.delta, t, dInner) },
      ...{ B: token(problem.B, t, groups * dState), C: token(problem.C, t, groups * dState) },
      z: problem.z && token(problem.z, t, dInner),
    };
    const result = await target.run('selectiveScan', step);
    y.set(Float32Array.from(result.y!), t * dInner);
    h = Float32Array.from(result.hLast!);
  }
  return { y, hLast: h };
}
