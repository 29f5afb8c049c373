/**
 * The one place where Mamba's discretization of B and the paper's zero-order hold differ.
 *
 *   B̄ = Δ·φ(ΔA)·B     φ(x) = 1                 `mamba` (Euler for B: what the authors' code does)
 *                      φ(x) = (exp(x) − 1)/x    `zoh` (the paper's eq. 4)
 *
 * φ(0) = 1 in both: they agree to first order in Δ. Why Mamba may drop the factor stands at `discretizeMamba`.
 */
import type { Complex } from './complex.ts';
import { one, zero } from './complex.ts';
import { expm1Over, expm1OverDerivative } from './discretize.ts';
import { expm1OverComplex, expm1OverDerivativeComplex } from './discretize-complex.ts';
import type { Discretization } from './types.ts';

/** φ and φ′, on the numbers A is made of. */
export interface BFactor<E> {
  phi(x: E): E;
  phiDerivative(x: E): E;
}

const realFactors: Readonly<Record<Discretization, BFactor<number>>> = {
  mamba: { phi: () => 1, phiDerivative: () => 0 },
  zoh: { phi: expm1Over, phiDerivative: expm1OverDerivative },
};

const complexFactors: Readonly<Record<Discretization, BFactor<Complex>>> = {
  mamba: { phi: () => one, phiDerivative: () => zero },
  zoh: { phi: expm1OverComplex, phiDerivative: expm1OverDerivativeComplex },
};

/** @throws RangeError for a name that is neither `mamba` nor `zoh` */
export function bFactor(discretization: Discretization = 'mamba'): BFactor<number> {
  return lookUp(realFactors, discretization);
}

/** {@link bFactor} for a complex A. */
export function bFactorComplex(discretization: Discretization = 'mamba'): BFactor<Complex> {
  return lookUp(complexFactors, discretization);
}

function lookUp<F>(factors: Readonly<Record<Discretization, F>>, discretization: Discretization): F {
  if (!Object.hasOwn(factors, discretization)) {
    throw new RangeError(`"discretization" expected mamba or zoh, got ${discretization}`);
  }
  return factors[discretization];
}
