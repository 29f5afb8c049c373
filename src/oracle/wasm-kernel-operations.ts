/**
 * The operations that only {@link WasmKernels} offers: plain arrays in, plain arrays out, by the names of the truth.
 */
import { UnsupportedError } from '../engine/errors.ts';
import type { WasmKernels } from '../wasm/kernels.ts';
import type { Result } from './operation.ts';
import { inputOf } from './operations/selective-scan.ts';
import type { OperationName, Problems } from './operations.ts';

type KernelOperation = Extract<
  OperationName,
  'discretize' | 'scanSequential' | 'scanBlelloch' | 'scanChunked' | 'selectiveScanUnfused' | 'selectiveScanBackward'
>;

type KernelCall<O extends OperationName> = (kernels: WasmKernels, problem: Problems[O]) => Promise<Result>;

export const kernelOperations: { readonly [O in KernelOperation]: KernelCall<O> } = {
  discretize: async (kernels, problem) => ({ ...(await kernels.discretize(problem)) }),
  scanSequential: async (kernels, problem) => ({ h: await kernels.scanSequential(withInitialState(problem)) }),
  scanBlelloch: async (kernels, problem) => ({ h: await kernels.scanBlelloch(withInitialState(problem)) }),
  scanChunked: async () => {
    throw new UnsupportedError('scanChunked: the WebAssembly kernels have no chunked scan');
  },
  selectiveScanUnfused: async (kernels, problem) => ({ ...(await kernels.selectiveScanUnfused(inputOf(problem))) }),
  selectiveScanBackward: async (kernels, problem) => ({
    ...(await kernels.selectiveScanBackward(inputOf(problem), problem)),
  }),
};

/** The kernels take no initial state: it is b_0 + a_0·h0, rounded twice as any token. */
function withInitialState({ seqLen, channels, a, b, h0 }: Problems['scanSequential']) {
  const first = b.map((bT, i) => (i < channels ? Math.fround(a[i]! * (h0?.[i] ?? 0)) + bT : bT));
  return { seqLen, channels, a, b: first };
}
