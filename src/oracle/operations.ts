/**
 * The operations of the conformance suite. Adding one is an entry here, one in bounds.ts, and one in each target.
 */
import type { Arithmetic } from './arithmetic.ts';
import { strict } from './arithmetic.ts';
import type { Expected, Operation } from './operation.ts';
import type { AttentionProblem } from './operations/attention.ts';
import { attention } from './operations/attention.ts';
import type { CausalConv1dProblem } from './operations/causal-conv1d.ts';
import { causalConv1d } from './operations/causal-conv1d.ts';
import type { CrossEntropyProblem } from './operations/cross-entropy.ts';
import { crossEntropy } from './operations/cross-entropy.ts';
import type { DiscretizeProblem } from './operations/discretize.ts';
import { discretize } from './operations/discretize.ts';
import type { ElementwiseProblem } from './operations/elementwise.ts';
import { exp, sigmoidOf, siluOf, softplusOf } from './operations/elementwise.ts';
import type { EmbedAddProblem, EmbedProblem } from './operations/embed.ts';
import { embed, embedAdd } from './operations/embed.ts';
import type { GeluProblem } from './operations/gelu.ts';
import { gelu } from './operations/gelu.ts';
import type { LayerNormProblem } from './operations/layer-norm.ts';
import { layerNorm } from './operations/layer-norm.ts';
import type { LinearProblem } from './operations/linear.ts';
import { linear } from './operations/linear.ts';
import type { ChunkedProblem, RecurrenceProblem } from './operations/recurrence.ts';
import { scanBlelloch, scanChunked, scanSequential } from './operations/recurrence.ts';
import type { RmsNormProblem } from './operations/rms-norm.ts';
import { rmsNorm } from './operations/rms-norm.ts';
import type { ArgmaxProblem, CopyRowsProblem } from './operations/rows.ts';
import { argmax, copyRows } from './operations/rows.ts';
import type { SelectiveScanProblem } from './operations/selective-scan.ts';
import { selectiveScan, selectiveScanUnfused } from './operations/selective-scan.ts';
import type { SelectiveScanBackwardProblem } from './operations/selective-scan-backward.ts';
import { selectiveScanBackward } from './operations/selective-scan-backward.ts';
import { Random } from './random.ts';

/** The problem of each operation. */
export interface Problems {
  readonly linear: LinearProblem;
  readonly embed: EmbedProblem;
  readonly rmsNorm: RmsNormProblem;
  readonly causalConv1d: CausalConv1dProblem;
  readonly selectiveScan: SelectiveScanProblem;
  readonly crossEntropy: CrossEntropyProblem;
  readonly argmax: ArgmaxProblem;
  readonly copyRows: CopyRowsProblem;
  readonly embedAdd: EmbedAddProblem;
  readonly layerNorm: LayerNormProblem;
  readonly gelu: GeluProblem;
  readonly attention: AttentionProblem;
  readonly exp: ElementwiseProblem;
  readonly softplus: ElementwiseProblem;
  readonly silu: ElementwiseProblem;
  readonly sigmoid: ElementwiseProblem;
  readonly discretize: DiscretizeProblem;
  readonly scanSequential: RecurrenceProblem;
  readonly scanBlelloch: RecurrenceProblem;
  readonly scanChunked: ChunkedProblem;
  readonly selectiveScanUnfused: SelectiveScanProblem;
  readonly selectiveScanBackward: SelectiveScanBackwardProblem;
}

export type OperationName = keyof Problems;

const table: { readonly [O in OperationName]: Operation<Problems[O]> } = {
  ...{ linear, embed, rmsNorm, causalConv1d, selectiveScan, crossEntropy, argmax, copyRows },
  ...{ embedAdd, layerNorm, gelu, attention },
  ...{ exp, softplus: softplusOf, silu: siluOf, sigmoid: sigmoidOf },
  ...{ discretize, scanSequential, scanBlelloch, scanChunked, selectiveScanUnfused, selectiveScanBackward },
};

export const operationNames = Object.keys(table) as readonly OperationName[];

/**
 * A problem, the same for the same arguments on every machine.
 * @param seed an integer in 0…2³² − 1
 * @param size an integer ≥ 0: about the largest dimension
 */
export function problemOf<O extends OperationName>(operation: O, seed: number, size: number): Problems[O] {
  return table[operation].draw(new Random(seed), size);
}

/** The outputs in float64, with what their errors are measured by. */
export function truthOf<O extends OperationName>(
  operation: O,
  problem: Problems[O],
  arithmetic: Arithmetic = strict,
): readonly Expected[] {
  return table[operation].truth(problem, arithmetic);
}
