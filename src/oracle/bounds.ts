/**
 * The one table of bounds: error ≤ k·(u·scale + 2⁻¹⁵⁰) + extra, with u = 2⁻²⁴. 2⁻¹⁵⁰ is half of the smallest float32,
 * which a rounding below 2⁻¹²⁶ may cost. Outputs without a scale are exact.
 *
 * Every k is a count of roundings, not a measurement. The relaxed build fuses products with sums, hence never rounds
 * more often; it has a column of its own because its bits are those of the machine.
 */
import type { OperationName, Problems } from './operations.ts';

/** strict: the arithmetic that assembly/ writes down. relaxed: fused or not, as the machine likes. */
export type Arithmetic = 'strict' | 'relaxed';

type Factor<O extends OperationName> = (problem: Problems[O]) => number;

interface Bound<O extends OperationName> {
  readonly strict: Factor<O>;
  readonly relaxed: Factor<O>;
  readonly reason: string;
}

const bounds: { readonly [O in OperationName]: Bound<O> } = {
  linear: same(
    ({ dtype, dIn }) => (dtype === 'q8_0' ? dIn / 32 + 6 : Math.floor(dIn / 4) + 7),
    'f32, bf16, f16: dIn/4 sums in a lane, product, 2 across lanes, tail 3, bias, old value. q8_0: dIn/32 sums; ' +
      'integer to float32, product, both scales, bias, old value',
  ),
  embed: exact(),
  rmsNorm: same(
    ({ width }) => width / 16 + 7,
    'mean of squares width/8 + 6, of which the root keeps half; root, quotient, two products',
  ),
  causalConv1d: same(
    ({ dConv, silu }) => (silu ? 1.1 * (dConv + 1) + 4 : dConv + 1),
    'dConv products and sums, bias; silu stretches by at most 1.1 and is off by 2 ulp',
  ),
  selectiveScan: counted('selective-scan-errors.ts'),
  crossEntropy: same(() => 1, 'the scale counts every rounding: operations/cross-entropy.ts'),
  argmax: exact(),
  copyRows: exact(),
  exp: same(() => 2, '1 ulp'),
  softplus: same(() => 4, '2 ulp'),
  silu: same(() => 4, '2 ulp'),
  sigmoid: same(() => 4, '2 ulp'),
  discretize: counted('discretize.ts'),
  scanSequential: counted('recurrence.ts'),
  scanBlelloch: counted('recurrence.ts'),
  selectiveScanUnfused: counted('selective-scan-errors.ts'),
  selectiveScanBackward: counted('selective-scan-backward-errors.ts'),
};

function same<O extends OperationName>(factor: Factor<O>, reason: string): Bound<O> {
  return { strict: factor, relaxed: factor, reason };
}

/** To first order: less than a hundredth is left for the terms in u². */
function counted(file: string): Bound<OperationName> {
  return same(() => 1.01, `the scale counts every rounding: operations/${file}`);
}

function exact(): Bound<OperationName> {
  return same(() => 0, 'nothing rounds');
}

export function factorOf<O extends OperationName>(operation: O, problem: Problems[O], arithmetic: Arithmetic): number {
  return bounds[operation][arithmetic](problem);
}

export function reasonOf(operation: OperationName): string {
  return bounds[operation].reason;
}
