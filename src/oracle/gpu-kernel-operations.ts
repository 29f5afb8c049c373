/**
 * The operations that no Backend has, by the plain kernels of a GPU: arrays in, arrays out, by the names of the truth.
 */
import { UnsupportedError } from '../engine/errors.ts';
import type { SelectiveScanInput } from '../reference/selective-scan-input.ts';
import type { BackendOperation } from './backend-operations.ts';
import type { Result } from './operation.ts';
import { inputOf } from './operations/selective-scan.ts';
import type { OperationName, Problems } from './operations.ts';

type Recurrence = Pick<Problems['scanSequential'], 'seqLen' | 'channels' | 'a' | 'b' | 'h0'>;

/** What a GPU offers besides its Backend; float32 in and out. */
export interface GpuKernelSet {
  exp(x: Float32Array): Promise<Float32Array>;
  softplus(x: Float32Array): Promise<Float32Array>;
  silu(x: Float32Array): Promise<Float32Array>;
  sigmoid(x: Float32Array): Promise<Float32Array>;
  /** All states h (seqLen, channels). */
  scanSequential(input: Recurrence): Promise<Float32Array>;
  scanBlelloch(input: Recurrence): Promise<Float32Array>;
  scanChunked(input: Recurrence & { readonly chunk: number }): Promise<Float32Array>;
  discretize(
    input: Pick<Problems['discretize'], 'rule' | 'delta' | 'A' | 'B'>,
  ): Promise<{ readonly aBar: Float32Array; readonly bBar: Float32Array }>;
  selectiveScanUnfused(input: SelectiveScanInput): Promise<{ readonly y: Float32Array; readonly hLast: Float32Array }>;
}

type KernelOperation = Exclude<OperationName, BackendOperation>;

type KernelCall<O extends OperationName> = (kernels: GpuKernelSet, problem: Problems[O]) => Promise<Result>;

export const gpuKernelOperations: { readonly [O in KernelOperation]: KernelCall<O> } = {
  exp: async (kernels, { x }) => ({ out: await kernels.exp(x) }),
  softplus: async (kernels, { x }) => ({ out: await kernels.softplus(x) }),
  silu: async (kernels, { x }) => ({ out: await kernels.silu(x) }),
  sigmoid: async (kernels, { x }) => ({ out: await kernels.sigmoid(x) }),
  discretize: async (kernels, problem) => ({ ...(await kernels.discretize(problem)) }),
  scanSequential: async (kernels, problem) => ({ h: await kernels.scanSequential(problem) }),
  scanBlelloch: async (kernels, problem) => ({ h: await kernels.scanBlelloch(problem) }),
  scanChunked: async (kernels, problem) => ({ h: await kernels.scanChunked(problem) }),
  async selectiveScanUnfused(kernels, problem) {
    if (problem.constantB || problem.constantC) {
      throw new UnsupportedError('selectiveScanUnfused with constant B or C: the GPU has no such kernel');
    }
    return { ...(await kernels.selectiveScanUnfused(inputOf(problem))) };
  },
  selectiveScanBackward: async () => {
    throw new UnsupportedError('selectiveScanBackward: the GPU computes forward only');
  },
};
