/**
 * The WASM backend as any Backend: only the interface's methods, and u32 cells read as their integers' values.
 */
import type { Backend } from '../../src/engine/backend.ts';
import type { GpuKernelSet } from '../../src/oracle/gpu-target.ts';
import { linearRecurrence } from '../../src/reference/linear-recurrence.ts';
import { scanChunked } from '../../src/reference/scan-chunked.ts';
import { scanSequential } from '../../src/reference/scan-sequential.ts';
import type { WasmBackend } from '../../src/wasm/backend.ts';
import { WasmKernels } from '../../src/wasm/kernels.ts';

/** @param changes methods that do something else, given the backend itself */
export function genericBackend(
  wasm: WasmBackend,
  changes: (wasm: WasmBackend) => Partial<Backend> = () => ({}),
): Backend {
  const own: Partial<Backend> = {
    async read(cell, offset, length) {
      const numbers = await wasm.read(cell, offset, length);
      return cell.kind === 'f32' ? numbers : Float32Array.from(new Uint32Array(numbers.buffer));
    },
    ...changes(wasm),
  };
  return new Proxy<Backend>(wasm, {
    get(_, key) {
      if (key in own) return own[key as keyof Backend];
      const value: unknown = Reflect.get(wasm, key, wasm);
      return typeof value === 'function' ? value.bind(wasm) : value;
    },
  });
}

/** WasmKernels with the initial states and the chunked scan that they lack. */
export function genericKernels(wasm: WasmBackend): GpuKernelSet {
  const kernels = new WasmKernels(wasm);
  return {
    exp: (x) => kernels.exp(x),
    softplus: (x) => kernels.softplus(x),
    silu: (x) => kernels.silu(x),
    sigmoid: (x) => kernels.sigmoid(x),
    discretize: (operands) => kernels.discretize(operands),
    scanSequential: (input) => kernels.scanSequential(fromNothing(input)),
    scanBlelloch: (input) => kernels.scanBlelloch(fromNothing(input)),
    scanChunked: async (input) =>
      Float32Array.from(
        linearRecurrence(input, (maps, steps) => scanChunked(maps, steps, input.chunk, scanSequential)),
      ),
    selectiveScanUnfused: (input) => kernels.selectiveScanUnfused(input),
  };
}

type Recurrence = Parameters<GpuKernelSet['scanSequential']>[0];

/** The initial state as a part of b_0. */
function fromNothing({ seqLen, channels, a, b, h0 }: Recurrence) {
  const first = b.map((bT, i) => (i < channels ? Math.fround(a[i]! * (h0?.[i] ?? 0)) + bT : bT));
  return { seqLen, channels, a, b: first };
}
