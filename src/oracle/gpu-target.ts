/**
 * A GPU as a target: operations of its Backend on cells, the others by its plain kernels. It knows neither GPU.js nor a
 * device: any Backend with kernels beside it will do.
 */
import type { Backend } from '../engine/backend.ts';
import { BackendOperands } from './backend-operands.ts';
import type { BackendOperation, Call } from './backend-operations.ts';
import { backendOperations } from './backend-operations.ts';
import { gpu } from './gpu-arithmetic.ts';
import type { GpuKernelSet } from './gpu-kernel-operations.ts';
import { gpuKernelOperations } from './gpu-kernel-operations.ts';
import type { Operands } from './operands.ts';
import type { Result } from './operation.ts';
import type { OperationName, Problems } from './operations.ts';
import type { Target } from './target.ts';

export type { GpuKernelSet } from './gpu-kernel-operations.ts';

export function createGpuTarget(backend: Backend, kernels: GpuKernelSet): Target {
  return {
    name: backend.name,
    device: backend.device,
    backend,
    arithmetic: gpu,
    run: (operation, problem) =>
      operation in backendOperations
        ? runOnCells(backend, operation as BackendOperation, problem)
        : runKernel(kernels, operation as keyof typeof gpuKernelOperations, problem),
  };
}

function runKernel<O extends OperationName>(
  kernels: GpuKernelSet,
  operation: keyof typeof gpuKernelOperations,
  problem: Problems[O],
): Promise<Result> {
  const call = gpuKernelOperations[operation] as (kernels: GpuKernelSet, p: unknown) => Promise<Result>;
  return call(kernels, problem);
}

async function runOnCells<O extends OperationName>(
  backend: Backend,
  operation: BackendOperation,
  problem: Problems[O],
): Promise<Result> {
  const operands = new BackendOperands(backend, problem);
  try {
    const place = backendOperations[operation] as (operands: Operands, p: unknown) => Call;
    const call = place(operands, problem);
    call(backend);
    await backend.settle();
    return await operands.results();
  } finally {
    await backend.settle();
    operands.free();
  }
}
