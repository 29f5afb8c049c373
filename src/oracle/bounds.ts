/**
 * The one table of bounds: error ≤ k·(u·scale + floor) + extra, with u = 2⁻²⁴. The floor is what a rounding below 2⁻¹²⁶
 * may cost: 2⁻¹⁵⁰, half of the smallest float32, or all of it on a GPU that flushes to zero. Outputs without a scale are
 * exact.
 *
 * Every k is a count of roundings, not a measurement. The relaxed build fuses products with sums, hence never rounds
 * more often; it has a column of its own because its bits are those of the machine. The GPU's column counts what the
 * shading languages' specifications allow (gpu-arithmetic.ts) in the kernels of gpu/: sums in one lane, or in parts that
 * are then added, never more additions than terms.
 */
import type { Arithmetic } from './arithmetic.ts';
import { strict } from './arithmetic.ts';
import { gpu, squareRoot } from './gpu-arithmetic.ts';
import type { OperationName, Problems } from './operations.ts';

type Factor<O extends OperationName> = (problem: Problems[O]) => number;

/** A column of the table. */
interface Entry<O extends OperationName> {
  readonly factor: Factor<O>;
  readonly reason: string;
}

type Bound<O extends OperationName> = { readonly [A in Arithmetic['name']]: Entry<O> };

/** To first order: less than a hundredth is left for the terms in u². */
const firstOrder = 1.01;

const noKernel = 'no kernel: an UnsupportedError';

const bounds: { readonly [O in OperationName]: Bound<O> } = {
  linear: {
    ...wasm(
      ({ dtype, dIn }) => (dtype === 'q8_0' ? dIn / 32 + 6 : Math.floor(dIn / 4) + 7),
      'f32, bf16, f16: dIn/4 sums in a lane, product, 2 across lanes, tail 3, bias, old value. q8_0: dIn/32 sums; ' +
        'integer to float32, product, both scales, bias, old value',
    ),
    ...onGpu(
      ({ dtype, dIn }) => dIn + (dtype === 'q8_0' ? 4 : 3),
      'product, dIn sums, bias, old value; q8_0: the scale of a block',
    ),
  },
  embed: exact(),
  rmsNorm: {
    ...wasm(
      ({ width }) => width / 16 + 7,
      'mean of squares width/8 + 6, of which the root keeps half; root, quotient, two products',
    ),
    ...onGpu(
      ({ width }) => (width + 2 + gpu.division) / 2 + squareRoot + gpu.division + 2,
      'square, width sums, mean by a quotient, eps, of which the root keeps half; root 4.5 ulp, quotient 2.5 ulp, two ' +
        'products',
    ),
  },
  causalConv1d: {
    ...wasm(
      ({ dConv, silu }) => (silu ? 1.1 * (dConv + 1) + 4 : dConv + 1),
      'dConv products and sums, bias; silu stretches by at most 1.1 and is off by 2 ulp',
    ),
    ...onGpu(() => firstOrder, scaleOf('causal-conv1d.ts')),
  },
  selectiveScan: counted('selective-scan-errors.ts'),
  crossEntropy: {
    ...wasm(() => 1, scaleOf('cross-entropy.ts')),
    ...onGpu(() => firstOrder, scaleOf('cross-entropy.ts')),
  },
  argmax: exact(),
  copyRows: exact(),
  embedAdd: { ...wasm(() => 1, 'the sum'), ...onGpu(() => 1, noKernel) },
  layerNorm: { ...counted('layer-norm.ts'), ...onGpu(() => firstOrder, noKernel) },
  gelu: { ...counted('gelu.ts'), ...onGpu(() => firstOrder, noKernel) },
  attention: { ...counted('attention-errors.ts'), ...onGpu(() => firstOrder, noKernel) },
  exp: elementwise(1),
  softplus: elementwise(2),
  silu: elementwise(2),
  sigmoid: elementwise(2),
  discretize: counted('discretize.ts'),
  scanSequential: counted('recurrence.ts'),
  scanBlelloch: counted('recurrence.ts'),
  scanChunked: counted('recurrence.ts'),
  selectiveScanUnfused: counted('selective-scan-errors.ts'),
  selectiveScanBackward: counted('selective-scan-backward-errors.ts'),
};

function wasm<O extends OperationName>(factor: Factor<O>, reason: string) {
  return { strict: { factor, reason }, relaxed: { factor, reason } };
}

function onGpu<O extends OperationName>(factor: Factor<O>, reason: string) {
  return { gpu: { factor, reason } };
}

function counted(file: string): Bound<OperationName> {
  return { ...wasm(() => firstOrder, scaleOf(file)), ...onGpu(() => firstOrder, scaleOf(file)) };
}

function scaleOf(file: string): string {
  return `the scale counts every rounding: operations/${file}`;
}

/** An ulp is at most 2u. */
function elementwise(ulps: number): Bound<OperationName> {
  return {
    ...wasm(() => 2 * ulps, `${ulps} ulp`),
    ...onGpu(
      () => firstOrder,
      'exp(−|x|) is within 3 + 2|x| ulp, and the scale counts what comes of it: gpu-arithmetic.ts',
    ),
  };
}

function exact(): Bound<OperationName> {
  const reason = 'nothing rounds';
  return { ...wasm(() => 0, reason), ...onGpu(() => 0, reason) };
}

export function factorOf<O extends OperationName>(operation: O, problem: Problems[O], arithmetic: Arithmetic): number {
  return bounds[operation][arithmetic.name].factor(problem);
}

export function reasonOf(operation: OperationName, arithmetic: Arithmetic = strict): string {
  return bounds[operation][arithmetic.name].reason;
}
