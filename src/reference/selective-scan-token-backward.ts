/**
 * The backward formulas of one token of the selective scan, A real.
 */
import { bFactor } from './b-factor.ts';
import type { SelectiveScanGradients } from './selective-scan-backward.ts';
import type { SelectiveScanInput } from './selective-scan-input.ts';
import { indexB, indexC, preDelta, stepSize } from './selective-scan-input.ts';
import { silu, siluBackward } from './silu.ts';
import { softplusBackward } from './softplus.ts';
import type { Floats } from './types.ts';

export interface TokenBackward {
  readonly input: SelectiveScanInput;
  readonly dY: Floats; // (seqLen, dInner)
  readonly t: number;
  readonly hBefore: Float64Array; // h_{t−1}
}

/**
 * Adds token t's share to every gradient. `dH` comes in as conj(Ā_{t+1})·dh_{t+1}, the gradient by h_t from the
 * future alone, and leaves as Ā_t·dh_t, the gradient by h_{t−1} from the future alone.
 *
 * With g = dY, y the value before the gate, r = Ā·h_{t−1}, and φ from b-factor.ts (φ = 1, φ′ = 0 for `mamba`):
 *
 *   dz = g·y·silu′(z)        gy = g·silu(z), or g without z
 *   dh = gy·C + dH           dC += gy·h          dD += gy·x
 *   dx = D·gy + Σ_n dh·B̄    dB += dh·Δφ·x
 *   dΔ = Σ_n dh·(A·r + x·B·(φ + ΔA·φ′))          dA += dh·(Δ·r + x·B·Δ²·φ′)
 *   dDelta = dΔ·softplus′(delta + deltaBias)      dDeltaBias += dDelta
 *
 * r is computed directly: recovering it as h − B̄x cancels.
 */
export function tokenBackwardInto(gradients: SelectiveScanGradients, dH: Float64Array, token: TokenBackward): void {
  const { input, dY, t, hBefore } = token;
  const { dInner, dState, x, z, A, B, C, D } = input;
  const { phi, phiDerivative } = bFactor(input.discretization);
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
      const a = A[i]!;
      const bT = B[b + n]!;
      const phiT = phi(delta * a);
      const phiSlope = phiDerivative(delta * a);
      const aBar = Math.exp(delta * a);
      const bBar = delta * phiT * bT;
      const r = aBar * hBefore[i]!;
      const h = r + bBar * xT;
      y += C[c + n]! * h;

      const dh = gy * C[c + n]! + dH[i]!;
      gradients.dC[c + n]! += gy * h;
      gradients.dB[b + n]! += dh * delta * phiT * xT;
      gradients.dA[i]! += dh * (delta * r + xT * bT * delta * delta * phiSlope);
      dDelta += dh * (a * r + xT * bT * (phiT + delta * a * phiSlope));
      dX += dh * bBar;
      dH[i] = aBar * dh;
    }

    if (z !== undefined) gradients.dZ[td] = dY[td]! * y * siluBackward(z[td]!);
    if (D !== undefined) gradients.dD[d]! += gy * xT;
    if (input.deltaSoftplus) dDelta *= softplusBackward(preDelta(input, t, d));
    gradients.dX[td] = dX;
    gradients.dDelta[td] = dDelta;
    gradients.dDeltaBias[d]! += dDelta;
  }
}
