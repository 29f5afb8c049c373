/**
 * Cases of one operation as problems of the suite, which is what a target knows.
 */
import { UnsupportedError } from '../../engine/errors.ts';
import { tapsFirst } from '../../engine/mamba-architecture.ts';
import type { OperationName, Problems } from '../operations.ts';
import type { Target } from '../target.ts';
import type { VectorCase } from '../vectors/vector-case.ts';
import { runSteps } from './steps-run.ts';
import type { RunOutputs, VectorRowName, VectorRun } from './vector-run.ts';
import { floatsOf } from './vector-run.ts';

type Row = Extract<VectorRowName, OperationName>;

/** Tokens a chunk of the chunked scan, so that short cases have several and long ones many. */
const chunk = 8;

/** The target's operations that compute a case; none for blocks and models. A scan's hLast is the last row of its h. */
export function operationRuns(target: Target, one: VectorCase): readonly VectorRun[] {
  const gives = one.operation === 'scan' ? ['h'] : Object.keys(one.outputs);
  const runs = (...rows: Row[]) => rows.map((row) => ({ row, gives, run: () => runOperation(target, row, one) }));
  switch (one.operation) {
    case 'discretize':
      return runs('discretize');
    case 'scan':
      return runs('scanSequential', 'scanBlelloch', 'scanChunked');
    case 'selectiveScan':
      if (one.parameters.by !== 'steps') return runs('selectiveScan', 'selectiveScanUnfused');
      return [{ row: 'selectiveScan', gives, run: () => runSteps(target, scanProblem(one)) }];
    case 'selectiveScanBackward':
      return runs('selectiveScanBackward');
    case 'causalConv1d':
      return runs('causalConv1d');
    default:
      return [];
  }
}

async function runOperation(target: Target, row: Row, one: VectorCase): Promise<RunOutputs> {
  const result = await target.run(row, problemOf(one) as Problems[Row]);
  return Object.fromEntries(Object.entries(result).map(([name, data]) => [name, Float32Array.from(data)]));
}

function problemOf(one: VectorCase): object {
  if (one.operation === 'causalConv1d') return convProblem(one);
  if (one.operation === 'selectiveScanBackward' && one.parameters.discretization !== 'mamba') {
    throw new UnsupportedError('gradients under zero-order hold: the kernels have Mamba’s rule alone');
  }
  if (one.operation === 'selectiveScan' || one.operation === 'selectiveScanBackward') return scanProblem(one);
  if (one.inputs.A?.axes.includes('re_im')) throw new UnsupportedError('complex A: all operations are real');
  return { ...one.parameters, ...floatsOf(one), chunk, gaps: {} };
}

/** The state is an operand of every target: zeros where the case has none. */
function scanProblem(one: VectorCase): Problems['selectiveScan'] {
  const { parameters } = one;
  if (parameters.complex === true) throw new UnsupportedError('complex A: all operations are real');
  const floats = floatsOf(one);
  const states = sequencesOf(one) * Number(parameters.dInner) * Number(parameters.dState);
  const problem = { ...parameters, ...floats, h: floats.h0 ?? new Float32Array(states), gaps: {} };
  return problem as unknown as Problems['selectiveScan'];
}

function convProblem(one: VectorCase): object {
  const [dInner, dConv] = [Number(one.parameters.dInner), Number(one.parameters.dConv)];
  const { weight, state = new Float32Array(sequencesOf(one) * (dConv - 1) * dInner), ...floats } = floatsOf(one);
  return { ...one.parameters, ...floats, weight: tapsFirst({ dInner, dConv }, weight!), state, gaps: {} };
}

function sequencesOf({ parameters }: VectorCase): number {
  return (parameters.cuSeqlens as readonly number[]).length - 1;
}
