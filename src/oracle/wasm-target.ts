/**
 * A {@link WasmBackend} as a target: operations of the Backend by its methods, elementwise functions as records of its
 * program, scans, discretizations and gradients by {@link WasmKernels}.
 */
import type { Cell } from '../engine/backend.ts';
import type { WasmBackend } from '../wasm/backend.ts';
import { WasmKernels } from '../wasm/kernels.ts';
import type { OperationName as Kernel } from '../wasm/operations.ts';
import type { Arguments } from '../wasm/program.ts';
import { relaxed, strict } from './arithmetic.ts';
import type { BackendOperation } from './backend-operations.ts';
import { backendOperations, boundsOf } from './backend-operations.ts';
import { GuardedOperands } from './guarded-operands.ts';
import type { Result } from './operation.ts';
import { inputOf } from './operations/selective-scan.ts';
import type { OperationName, Problems } from './operations.ts';
import type { Target } from './target.ts';
import { kernelOperations } from './wasm-kernel-operations.ts';

type Place = (operands: GuardedOperands, backend: WasmBackend) => () => void;

export function createWasmTarget(backend: WasmBackend): Target {
  const kernels = new WasmKernels(backend);
  return {
    name: backend.name,
    device: backend.device,
    backend,
    arithmetic: backend.device.startsWith('relaxed') ? relaxed : strict,
    run: (operation, problem) => {
      if (isKernel(operation)) return runKernel(kernels, operation, problem);
      if (operation === 'selectiveScan' && isConstant(problem as Problems['selectiveScan'])) {
        return runConstant(kernels, problem as Problems['selectiveScan']);
      }
      return run(backend, operation, problem);
    },
  };
}

function isKernel(operation: OperationName): operation is keyof typeof kernelOperations {
  return operation in kernelOperations;
}

/** The fused kernel knows B and C that are (d, n), the Backend does not ask for them. */
function isConstant({ constantB = false, constantC = false }: Problems['selectiveScan']): boolean {
  return constantB || constantC;
}

async function runConstant(kernels: WasmKernels, problem: Problems['selectiveScan']): Promise<Result> {
  return { ...(await kernels.selectiveScan(inputOf(problem))) };
}

function runKernel<O extends OperationName>(kernels: WasmKernels, operation: O, problem: Problems[O]): Promise<Result> {
  const call = kernelOperations[operation as keyof typeof kernelOperations] as (
    kernels: WasmKernels,
    p: unknown,
  ) => Promise<Result>;
  return call(kernels, problem);
}

async function run<O extends OperationName>(backend: WasmBackend, operation: O, problem: Problems[O]): Promise<Result> {
  const operands = new GuardedOperands(backend, problem);
  try {
    const call = placeOf(operation, problem)(operands, backend);
    await operands.seal();
    call();
    await backend.settle();
    return operands.results();
  } finally {
    await backend.settle();
    operands.free();
  }
}

function placeOf<O extends OperationName>(operation: O, problem: Problems[O]): Place {
  if (operation in elementwise) return placeElementwise(operation as Kernel, problem as Problems['exp']);
  if (operation === 'causalConv1d' && !(problem as Problems['causalConv1d']).silu) {
    return placePlainConv(problem as Problems['causalConv1d']);
  }
  return (operands, backend) => {
    const place = backendOperations[operation as BackendOperation] as (
      operands: GuardedOperands,
      p: unknown,
    ) => (b: WasmBackend) => void;
    const call = place(operands, problem);
    return () => call(backend);
  };
}

const elementwise = { exp: true, softplus: true, silu: true, sigmoid: true };

/** Ranges of five numbers: they begin at any lane, and several threads take some. */
function placeElementwise(kernel: Kernel, { x }: Problems['exp']): Place {
  return (operands, backend) => {
    const args = { x: pointerOf(operands.floats('x', x)), out: pointerOf(operands.outCell('out', 'f32', x.length)) };
    return () => backend.machine.program.push(kernel, args, { units: x.length, grain: 5 });
  };
}

/** The kernel can leave SiLU out, the Backend does not ask it to. */
function placePlainConv(problem: Problems['causalConv1d']): Place {
  const { seqLen, dInner, dConv, cuSeqlens, bias, state } = problem;
  return (operands, backend) => {
    const out = operands.out('out', [seqLen, dInner], { result: 'y' });
    const x = operands.rows('x', problem.x, dInner);
    const args: Arguments = {
      ...{ out: pointerOf(out.cell) + 4 * out.offset, outStride: out.stride },
      ...{ x: pointerOf(x.cell) + 4 * x.offset, xStride: x.stride },
      weight: pointerOf(operands.floats('weight', problem.weight)),
      bias: bias === undefined ? 0 : pointerOf(operands.floats('bias', bias)),
      state: pointerOf(operands.outCell('state', 'f32', state.length, state)),
      bounds: pointerOf(operands.integers('bounds', boundsOf(cuSeqlens))),
      ...{ sequences: cuSeqlens.length - 1, dInner, dConv, silu: 0 },
    };
    const work = { units: Math.ceil(dInner / 4), grain: 1 };
    return () => backend.machine.program.push('causalConv1d', args, work);
  };
}

function pointerOf(cell: Cell): number {
  return (cell as Cell & { readonly pointer: number }).pointer;
}
