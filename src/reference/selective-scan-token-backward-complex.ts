/**
 * The backward formulas of one token of the selective scan, A complex.
 *
 * As in selective-scan-token-backward.ts with conjugates, and κ = 2 from y = 2·Re(Σ C·h). A gradient by a complex
 * number is ∂L/∂Re + i·∂L/∂Im: for w = u·v it sends dw to dw·conj(v), and a real factor takes the real part.
 */
import { bFactorComplex } from './b-factor.ts';
import { add, addInto, complexAt, conjugate, exp, multiply, scale } from './complex.ts';
import type { SelectiveScanGradients } from './selective-scan-backward.ts';
import { indexB, indexC, preDelta, stepSize } from './selective-scan-input.ts';
import type { TokenBackward } from './selective-scan-token-backward.ts';
import { silu, siluBackward } from './silu.ts';
import { softplusBackward } from './softplus.ts';

/**
 * Adds token t's share to every gradient; dH as in the real form.
 *
 *   dh = κ·gy·C̄ + dH         dC += κ·gy·h̄
 *   dx = D·gy + Σ_n Re(dh·conj(B̄))                  dB += dh·conj(Δφ)·x
 *   dΔ = Σ_n Re(dh·conj(A·r + x·B·(φ + ΔA·φ′)))     dA += dh·conj(Δ·r + x·B·Δ²·φ′)
 */
export function tokenBackwardComplexInto(
  gradients: SelectiveScanGradients,
  dH: Float64Array,
  token: TokenBackward,
): void {
  const { input, dY, t, hBefore } = token;
  const { dInner, dState, x, z, A, B, C, D } = input;
  const { phi, phiDerivative } = bFactorComplex(input.discretization);
  const kappa = 2;
  for (let d = 0; d < dInner; d++) {
    const td = t * dInner + d;
    const xT = x[td]!;
    const delta = stepSize(input, t, d);
    const b = indexB(input, t, d);
    const c = indexC(input, t, d);
    const gy = z === undefined ? dY[td]! : dY[td]! * silu(z[td]!);
    let y = D === undefined ? 0 : D[d]! * xT;
    let dX = D === undefined ? 0 : D[d]! * gy;
    let dDelta = 0;

    for (let n = 0; n < dState; n++) {
      const i = d * dState + n;
      const a = complexAt(A, i);
      const bX = scale(xT, complexAt(B, b + n));
      const cT = complexAt(C, c + n);
      const deltaA = scale(delta, a);
      const phiT = phi(deltaA);
      const phiSlope = phiDerivative(deltaA);
      const aBar = exp(deltaA);
      const r = multiply(aBar, complexAt(hBefore, i));
      const h = add(r, scale(delta, multiply(phiT, bX)));
      y += kappa * multiply(cT, h)[0];

      const dh = add(scale(kappa * gy, conjugate(cT)), complexAt(dH, i));
      const byDelta = add(multiply(a, r), multiply(bX, add(phiT, multiply(deltaA, phiSlope))));
      const byA = add(scale(delta, r), scale(delta * delta, multiply(bX, phiSlope)));
      addInto(gradients.dC, c + n, scale(kappa * gy, conjugate(h)));
      addInto(gradients.dB, b + n, scale(delta * xT, multiply(dh, conjugate(phiT))));
      addInto(gradients.dA, i, multiply(dh, conjugate(byA)));
      dDelta += multiply(dh, conjugate(byDelta))[0];
      dX += delta * multiply(dh, conjugate(multiply(phiT, complexAt(B, b + n))))[0];
      dH.set(multiply(conjugate(aBar), dh), 2 * i);
    }

    if (z !== undefined) gradients.dZ[td] = dY[td]! * y * siluBackward(z[td]!);
    if (D !== undefined) gradients.dD[d]! += gy * xT;
    if (input.deltaSoftplus) dDelta *= softplusBackward(preDelta(input, t, d));
    gradients.dX[td] = dX;
    gradients.dDelta[td] = dDelta;
    gradients.dDeltaBias[d]! += dDelta;
  }
}
