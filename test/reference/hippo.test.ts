import { describe, expect, test } from 'vitest';
import { hippoLegS, s4dInv, s4dLin, s4dReal } from '../../src/reference/hippo.ts';
import { matrixMultiply } from '../../src/reference/matrix.ts';
import { expectIdentical, expectWithin } from '../compare.ts';

describe('hippoLegS', () => {
  test('by hand, n = 3', () => {
    const { A, B } = hippoLegS(3);
    expectIdentical(A, [-1, 0, 0, -Math.sqrt(3), -2, 0, -Math.sqrt(5), -Math.sqrt(15), -3]);
    expectIdentical(B, [1, Math.sqrt(3), Math.sqrt(5)]);
  });

  test('its definition: h(t) = t^m·c, the Legendre coefficients of the input t^m, solves h′ = (A·h + B·u)/t', () => {
    // With p_n = √(2n + 1)·P_n(2x − 1) on [0, 1]: c_n = ∫ x^m·p_n = √(2n + 1)·m!²/((m − n)!·(m + n + 1)!), 0 for n > m.
    // Then m·c = A·c + B.
    const dState = 9;
    const { A, B } = hippoLegS(dState);
    const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1));
    for (let m = 0; m < dState; m++) {
      const c = Float64Array.from({ length: dState }, (_, n) =>
        n > m ? 0 : (Math.sqrt(2 * n + 1) * factorial(m) ** 2) / (factorial(m - n) * factorial(m + n + 1)),
      );
      const dims = { rows: dState, inner: dState, columns: 1 };
      const slope = matrixMultiply(dims, A, c).map((value, n) => value + B[n]!);
      const scale = matrixMultiply(dims, A.map(Math.abs), c).map((value, n) => value + B[n]!);
      expectWithin(
        slope,
        c.map((value) => m * value),
        { k: 16, scale },
      );
    }
  });

  test('its eigenvalues are −1, −2, …: triangular, with those on the diagonal', () => {
    const { A } = hippoLegS(5);
    for (let n = 0; n < 5; n++) {
      for (let k = n; k < 5; k++) expect(A[n * 5 + k]).toBe(k === n ? -(n + 1) : 0);
    }
  });

  test('A + Aᵀ + B·Bᵀ = −I: normal but for one rank, which is what S4D builds on', () => {
    const { A, B } = hippoLegS(6);
    for (let n = 0; n < 6; n++) {
      for (let k = 0; k < 6; k++) {
        const sum = A[n * 6 + k]! + A[k * 6 + n]! + B[n]! * B[k]!;
        expectWithin([sum], [n === k ? -1 : 0], { k: 4, scale: 2 * B[n]! * B[k]! });
      }
    }
  });
});

describe('s4dLin', () => {
  test('is −1/2 + iπn, for one of each conjugate pair', () => {
    expectIdentical(s4dLin(6), [-0.5, 0, -0.5, Math.PI, -0.5, 2 * Math.PI]);
  });
});

describe('s4dInv', () => {
  test('is −1/2 + i·(N/π)·(N/(2n + 1) − 1), with N counting conjugates', () => {
    expectIdentical(s4dInv(2), [-0.5, 2 / Math.PI]);
    const [, first, , second] = s4dInv(4);
    expectWithin([first!, second!], [12 / Math.PI, 4 / (3 * Math.PI)], { k: 6, scale: 4 });
  });

  test('comes near the eigenvalues of HiPPO-LegS’s normal part: the sum of their squares is within 5 %', () => {
    // the normal part is A + B·Bᵀ/2 = −I/2 + S, S skew-symmetric: Σ (imaginary parts)² = ‖S‖²
    const dState = 64;
    const { A, B } = hippoLegS(dState);
    const skew = A.map((value, i) => {
      const [n, k] = [Math.floor(i / dState), i % dState];
      return value + (B[n]! * B[k]!) / 2 + (n === k ? 0.5 : 0);
    });
    const normal = skew.reduce((sum, value) => sum + value * value, 0);
    const approximate = 2 * s4dInv(dState).reduce((sum, value, i) => sum + (i % 2) * value * value, 0);
    expect(Math.abs(approximate / normal - 1)).toBeLessThan(0.05);
  });
});

test('s4dReal is −1, −2, …: HiPPO-LegS’s diagonal', () => {
  expectIdentical(s4dReal(4), [-1, -2, -3, -4]);
});

test('dState = 0 gives nothing', () => {
  expect([hippoLegS(0).A, hippoLegS(0).B, s4dLin(0), s4dInv(0), s4dReal(0)].map((a) => a.length)).toEqual([
    0, 0, 0, 0, 0,
  ]);
});

test('dState that is no size is refused, and an odd one where conjugates pair up', () => {
  for (const dState of [-1, 1.5, NaN]) {
    const message = new RangeError(`"dState" expected an integer ≥ 0, got ${dState}`);
    expect(() => hippoLegS(dState)).toThrow(message);
    expect(() => s4dReal(dState)).toThrow(message);
  }
  for (const dState of [-2, 3, 2.5, NaN]) {
    const message = new RangeError(`"dState" expected an even integer ≥ 0, got ${dState}`);
    expect(() => s4dLin(dState)).toThrow(message);
    expect(() => s4dInv(dState)).toThrow(message);
  }
});
