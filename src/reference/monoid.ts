/**
 * What a scan scans over: a set with an associative combine and an identity. Commutativity is not assumed.
 *
 * The recurrence h_t = a_t·h_{t−1} + b_t becomes a scan once a step is written as the affine map h ↦ a·h + b:
 * maps compose associatively, so any bracketing gives the same states. Source: Blelloch, Prefix sums and their
 * applications (CMU-CS-90-190), §1.4; Martin & Cundy, ICLR 2018, §2; the Mamba paper, §3.3.2.
 */

import type { Complex } from './complex.ts';
import * as complex from './complex.ts';

export interface Monoid<E> {
  readonly identity: E;
  /** Must be associative. The first operand is the earlier one: swapping the two is the classic bug. */
  combine(earlier: E, later: E): E;
}

/** An inclusive scan: out[t] = e_0 ∘ e_1 ∘ … ∘ e_t. Same length as its input, which stays as it was. */
export type Scan = <E>(monoid: Monoid<E>, elements: readonly E[]) => E[];

/** One step of a linear recurrence: the map h ↦ a·h + b. */
export type Affine = readonly [a: number, b: number];

/**
 * Composition of affine maps, the earlier one applied first.
 *
 *   (a0, b0) ∘ (a1, b1) = (a1·a0, a1·b0 + b1)
 *
 * Associative, not commutative; identity (1, 0). After an inclusive scan from h_{−1} = 0 the second component is h_t
 * and the first Π a. Padding must use (1, 0): with (0, 0) the last state is lost.
 */
export const affine: Monoid<Affine> = {
  identity: [1, 0],
  combine: ([a0, b0], [a1, b1]) => [a1 * a0, a1 * b0 + b1],
};

export type ComplexAffine = readonly [a: Complex, b: Complex];

/** {@link affine} over the complex numbers. */
export const complexAffine: Monoid<ComplexAffine> = {
  identity: [complex.one, complex.zero],
  combine: ([a0, b0], [a1, b1]) => [complex.multiply(a1, a0), complex.add(complex.multiply(a1, b0), b1)],
};

/** Plain sums: the monoid of the textbook prefix sum. */
export const sum: Monoid<number> = {
  identity: 0,
  combine: (earlier, later) => earlier + later,
};
