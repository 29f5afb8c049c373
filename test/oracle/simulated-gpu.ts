/**
 * A GPU that does what gpu/kernels do, as badly as WGSL allows: the bounds of the GPU's column must hold for it.
 */
import { UnsupportedError } from '../../src/engine/errors.ts';
import { gpu } from '../../src/oracle/gpu-arithmetic.ts';
import type { Result } from '../../src/oracle/operation.ts';
import type { OperationName, Problems } from '../../src/oracle/operations.ts';
import { truthOf } from '../../src/oracle/operations.ts';
import { roundWeights } from '../../src/oracle/rounding.ts';
import type { Target } from '../../src/oracle/target.ts';
import { scanBlelloch } from '../../src/reference/scan-blelloch.ts';
import { scanChunked } from '../../src/reference/scan-chunked.ts';
import { scanSequential } from '../../src/reference/scan-sequential.ts';
import { simulatedRecurrence, simulatedScan } from './simulated-scan.ts';
import type { Lean } from './simulated-shader.ts';
import { Shader } from './simulated-shader.ts';

export function simulatedGpu(lean: Lean): Target {
  const shader = new Shader(lean);
  return {
    name: 'simulated',
    device: 'float32, as inexact as WGSL allows',
    arithmetic: gpu,
    run: async (operation, problem) => (operations[operation] as Simulated<typeof operation>)(shader, problem),
  };
}

type Simulated<O extends OperationName> = (shader: Shader, problem: Problems[O]) => Result;

const exact =
  <O extends OperationName>(operation: O): Simulated<O> =>
  (_, problem) =>
    Object.fromEntries(truthOf(operation, problem).map(({ name, value }) => [name, Float32Array.from(value)]));

const elementwise =
  (name: 'exp' | 'softplus' | 'silu' | 'sigmoid') =>
  (shader: Shader, { x }: Problems['exp']): Result => ({ out: x.map((v) => shader[name](v)) });

const operations: { readonly [O in OperationName]: Simulated<O> } = {
  ...{ embed: exact('embed'), argmax: exact('argmax'), copyRows: exact('copyRows') },
  ...{ exp: elementwise('exp'), softplus: elementwise('softplus') },
  ...{ silu: elementwise('silu'), sigmoid: elementwise('sigmoid') },
  ...{ linear, rmsNorm, causalConv1d, crossEntropy, discretize },
  ...{ selectiveScan: simulatedScan, selectiveScanUnfused: simulatedScan },
  scanSequential: (shader, problem) => simulatedRecurrence(shader, problem, scanSequential),
  scanBlelloch: (shader, problem) => simulatedRecurrence(shader, problem, scanBlelloch),
  scanChunked: (shader, problem) =>
    simulatedRecurrence(shader, problem, (maps, elements) =>
      scanChunked(maps, elements, problem.chunk, scanSequential),
    ),
  selectiveScanBackward: () => {
    throw new UnsupportedError('forward only');
  },
  ...{ embedAdd: noKernel, layerNorm: noKernel, gelu: noKernel, attention: noKernel },
};

function noKernel(): never {
  throw new UnsupportedError('no kernel on GPUs');
}

function linear(shader: Shader, { rows, dIn, dOut, dtype, x, weight, bias, add }: Problems['linear']): Result {
  const w = roundWeights(weight, dtype);
  const out = Float32Array.from({ length: rows * dOut }, (_, index) => {
    const [t, i] = [Math.floor(index / dOut), index % dOut];
    const products = Array.from({ length: dIn }, (_, j) => shader.multiply(w[i * dIn + j]!, x[t * dIn + j]!));
    return shader.sum([...products, bias?.[i] ?? 0, add?.[index] ?? 0]);
  });
  return { out };
}

function rmsNorm(shader: Shader, { rows, width, eps, x, weight }: Problems['rmsNorm']): Result {
  const out = Float32Array.from({ length: rows * width }, (_, index) => {
    const t = Math.floor(index / width);
    const squares = Array.from(x.subarray(t * width, (t + 1) * width), (v) => shader.multiply(v, v));
    const mean = shader.divide(shader.sum(squares), width);
    const inverse = shader.divide(1, shader.sqrt(shader.add(mean, eps)));
    return shader.multiply(shader.multiply(x[index]!, inverse), weight?.[index % width] ?? 1);
  });
  return { out };
}

function causalConv1d(shader: Shader, problem: Problems['causalConv1d']): Result {
  const { seqLen, cuSeqlens, dInner, dConv, x, weight, bias, state, silu } = problem;
  const y = new Float32Array(seqLen * dInner);
  cuSeqlens.slice(1).forEach((end, s) => {
    const start = cuSeqlens[s]!;
    const input = (t: number, d: number) =>
      t >= start ? x[t * dInner + d]! : state[(s * (dConv - 1) + t - start + dConv - 1) * dInner + d]!;
    for (let i = start * dInner; i < end * dInner; i++) {
      const [t, d] = [Math.floor(i / dInner), i % dInner];
      const products = Array.from({ length: dConv }, (_, k) =>
        shader.multiply(weight[k * dInner + d]!, input(t + k - dConv + 1, d)),
      );
      const sum = shader.sum([...products, bias?.[d] ?? 0]);
      y[i] = silu ? shader.silu(sum) : sum;
    }
  });
  return { y, state: exact('causalConv1d')(shader, problem).state! };
}

function crossEntropy(shader: Shader, { rows, vocabSize, logits, targets }: Problems['crossEntropy']): Result {
  const out = Float32Array.from({ length: rows }, (_, t) => {
    const row = Array.from(logits.subarray(t * vocabSize, (t + 1) * vocabSize));
    const most = Math.max(...row);
    const total = shader.sum(row.map((v) => shader.exp(shader.add(v, -most))));
    return shader.add(shader.log(total), shader.add(most, -row[targets[t]!]!));
  });
  return { out };
}

function discretize(shader: Shader, { rule, delta, A, B }: Problems['discretize']): Result {
  const pairs = Array.from(delta, (step, i): readonly [number, number] => {
    const v = shader.multiply(step, A[i]!);
    const deltaB = shader.multiply(step, B[i]!);
    if (rule === 'euler') return [shader.add(1, v), deltaB];
    if (rule === 'mamba') return [shader.exp(v), deltaB];
    if (rule === 'zoh') return [shader.exp(v), shader.multiply(deltaB, shader.phi(v))];
    const below = shader.add(1, -v / 2);
    return [shader.divide(shader.add(1, v / 2), below), shader.divide(deltaB, below)];
  });
  return { aBar: Float32Array.from(pairs, ([aBar]) => aBar), bBar: Float32Array.from(pairs, ([, bBar]) => bBar) };
}
