/**
 * Problems of the suite with sizes that are given instead of drawn: results around the borders of a texture's rows, and
 * weights that fill several textures. Runs in Node and in a page.
 */
import { causalConv1d } from '../../../src/oracle/operations/causal-conv1d.ts';
import { crossEntropy } from '../../../src/oracle/operations/cross-entropy.ts';
import { discretize } from '../../../src/oracle/operations/discretize.ts';
import { exp, sigmoidOf, siluOf, softplusOf } from '../../../src/oracle/operations/elementwise.ts';
import { embed } from '../../../src/oracle/operations/embed.ts';
import { linear } from '../../../src/oracle/operations/linear.ts';
import { scanBlelloch, scanChunked, scanSequential } from '../../../src/oracle/operations/recurrence.ts';
import { rmsNorm } from '../../../src/oracle/operations/rms-norm.ts';
import { argmax, copyRows } from '../../../src/oracle/operations/rows.ts';
import { selectiveScan, selectiveScanUnfused } from '../../../src/oracle/operations/selective-scan.ts';
import type { OperationName, Problems } from '../../../src/oracle/operations.ts';
import { Random } from '../../../src/oracle/random.ts';

/** The operations that GPUs have. */
const drawn = {
  ...{ linear, embed, rmsNorm, causalConv1d, selectiveScan, crossEntropy, argmax, copyRows },
  ...{ exp, softplus: softplusOf, silu: siluOf, sigmoid: sigmoidOf },
  ...{ discretize, scanSequential, scanBlelloch, scanChunked, selectiveScanUnfused },
};

export type GpuOperation = keyof typeof drawn;
export const gpuOperations = Object.keys(drawn) as readonly GpuOperation[];

/** In order of the draws; those that are left out are drawn, and small. */
class Sized extends Random {
  readonly #sizes: number[];

  constructor(seed: number, sizes: readonly number[]) {
    super(seed);
    this.#sizes = [...sizes];
  }

  override size(most: number, least = 0): number {
    return this.#sizes.shift() ?? super.size(Math.min(most, 6), Math.max(1, least));
  }
}

/** Largest of the sizes that are drawn otherwise, dState among them. */
const most = 9;

/**
 * The first problem from a seed on that has these sizes, float32 weights, SiLU, as many channels as groups have, and states
 * that decay, since the sequences are long.
 */
export function sizedProblem<O extends GpuOperation>(
  operation: O,
  seed: number,
  sizes: readonly number[],
): Problems[O] {
  for (let s = seed; ; s++) {
    const problem = drawn[operation].draw(new Sized(s, sizes), most) as unknown as Problems[O];
    if (isWanted(operation, problem)) return problem;
  }
}

function isWanted<O extends GpuOperation>(operation: O, problem: Problems[O]): boolean {
  const { dtype = 'f32', silu = true, groups = 1, softplus = true, A } = problem as Partial<Drawn>;
  const decays = !operation.startsWith('selectiveScan') || (softplus && A!.every((a) => a <= 0));
  return dtype === 'f32' && silu === true && groups === 1 && decays;
}

type Drawn = Problems['linear'] & Problems['causalConv1d'] & Problems['selectiveScan'];

/**
 * Rows and columns of results with n² − 1, n², n² + 1, n·(n + 1) and one cell beside it: where GPU.js turns to another
 * texture.
 */
export const borders: readonly (readonly [rows: number, columns: number])[] = [
  ...([
    [7, 9],
    [63, 1],
    [8, 8],
    [2, 32],
    [5, 13],
    [65, 1],
    [71, 1],
    [8, 9],
    [1, 73],
  ] as const),
  ...([
    [63, 65],
    [1, 4095],
    [64, 64],
    [4096, 1],
    [17, 241],
    [1, 4097],
    [1, 4159],
    [64, 65],
    [57, 73],
  ] as const),
];

/** Arrays are as long as a result has cells. */
const arrays: readonly OperationName[] = ['exp', 'softplus', 'silu', 'sigmoid', 'discretize'];
/** One result a row. */
const rowwise: readonly OperationName[] = ['argmax', 'crossEntropy'];

export function borderSizes(operation: GpuOperation): readonly (readonly number[])[] {
  if (arrays.includes(operation)) return borders.map(([rows, columns]) => [rows * columns]);
  if (rowwise.includes(operation)) return borders.map(([rows, columns]) => [rows * columns, 3]);
  if (operation === 'embed') return borders.map(([rows, columns]) => [rows, 5, columns]);
  return borders;
}

/** Sizes whose weights take several textures with sides of at most 64: rows, then rows and columns of the weight. */
export const tiledSizes: Partial<Record<GpuOperation, readonly (readonly number[])[]>> = {
  linear: [
    [3, 257, 255],
    [1, 64, 256],
    [2, 65, 256],
    [5, 700, 33],
    [1, 9, 4000],
    [4, 200, 301],
  ],
  embed: [
    [7, 300, 200],
    [64, 65, 60],
    [3, 1000, 17],
    [1, 9, 4000],
  ],
};
