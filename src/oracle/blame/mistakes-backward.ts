/**
 * The known mistakes of the gradients.
 */
import { mistake } from './mistake.ts';

const token = 'selective-scan-token-backward.ts';
const complexToken = 'selective-scan-token-backward-complex.ts';

export const backwardMistakes = {
  'dD without the gate': mistake(['selectiveScanBackward'], 'dD += gy·x, gy behind the gate', [
    token,
    'gradients.dD[d]! += gy * xT;',
  ]),
  'dX without the skip': mistake(['selectiveScanBackward'], 'dx = D·gy + Σ dh·B̄', [
    token,
    'let dX = D === undefined ? 0 : D[d]! * gy;',
  ]),
  'dZ by the gate itself': mistake(['selectiveScanBackward'], 'dz = g·y·silu′(z)', [
    token,
    'dY[td]! * y * siluBackward(z[td]!);',
  ]),
  'dDelta without the slope of softplus': mistake(['selectiveScanBackward'], 'dDelta = dΔ·softplus′', [
    token,
    'dDelta *= softplusBackward(preDelta(input, t, d));',
  ]),
  'dDeltaBias of the last token only': mistake(['selectiveScanBackward'], 'dDeltaBias sums over tokens', [
    token,
    'gradients.dDeltaBias[d]! += dDelta;',
  ]),
  'dHLast ignored': mistake(['selectiveScanBackward'], 'dh begins as dHLast', [
    'selective-scan-backward.ts',
    'dHLast === undefined ? new Float64Array(length)',
  ]),
  'dH0 one token late': mistake(['selectiveScanBackward'], 'dH0 = Ā[0]·dh[0]', [token, 'dH[i] = aBar * dh;']),
  'dH runs on into the sequence before': mistake(['selectiveScanBackward'], 'each packed sequence has its own dHLast', [
    'selective-scan-backward.ts',
    'gradients.dH0.set(dH, s * length);',
  ]),
  'a chunk’s dH begins from nothing': mistake(['selectiveScanBackward'], 'dh is carried from chunk to chunk', [
    'selective-scan-backward.ts',
    'for (let c = kept.length - 1; c >= 0; c--) {',
  ]),
  'dA without Ā': mistake(['selectiveScanBackward'], 'dA += dh·Δ·r with r = Ā·h[t−1]', [
    token,
    'const r = aBar * hBefore[i]!;',
  ]),
  'Ā·h[t−1] as h[t] − B̄x': mistake(
    ['selectiveScanBackward'],
    'r = Ā·h[t−1], computed as a product: the difference cancels',
    [token, 'const r = aBar * hBefore[i]!;'],
    'by size',
  ),
  'dA and dDelta without Ā': mistake(['selectiveScanBackward'], 'r = Ā·h[t−1] in dA += dh·Δ·r and dΔ += dh·A·r', [
    token,
    'const r = aBar * hBefore[i]!;',
  ]),
  'φ′ left out of the gradients': mistake(['selectiveScanBackward'], 'under zoh B̄ depends on Δ and A by φ, too', [
    token,
    'const phiSlope = phiDerivative(delta * a);',
  ]),
  'φ left out of the gradients': mistake(['selectiveScanBackward'], 'dB and dx by B̄ = Δ·φ·B, as forward', [
    token,
    'const phiT = phi(delta * a);',
  ]),
  'dDelta without the path of B̄': mistake(['selectiveScanBackward'], 'dΔ = Σ dh·(A·r + x·B·(φ + ΔA·φ′))', [
    token,
    'dDelta += dh * (a * r + xT * bT * (phiT + delta * a * phiSlope));',
  ]),
  'dDelta without the path of Ā': mistake(['selectiveScanBackward'], 'dΔ = Σ dh·(A·r + x·B·(φ + ΔA·φ′))', [
    token,
    'dDelta += dh * (a * r + xT * bT * (phiT + delta * a * phiSlope));',
  ]),
  'dX without conjugates': mistake(['selectiveScanBackward'], 'dx = D·gy + Re Σ dh·conj(B̄)', [
    complexToken,
    'dX += delta * multiply(dh, conjugate(multiply(phiT, complexAt(B, b + n))))[0];',
  ]),
  'dDeltaBias as a mean': mistake(['selectiveScanBackward'], 'dDeltaBias sums over tokens', [
    token,
    'gradients.dDeltaBias[d]! += dDelta;',
  ]),
  'a constant’s gradient of one token only': mistake(
    ['selectiveScanBackward'],
    'dB and dC of constants sum over tokens',
    [token, 'gradients.dB[b + n]! += dh * delta * phiT * xT;'],
  ),
  'dB kept of one channel only': mistake(['selectiveScanBackward'], 'dB sums over the channels of a group', [
    token,
    'gradients.dB[b + n]! += dh * delta * phiT * xT;',
  ]),
  'dC by the state before the token': mistake(['selectiveScanBackward'], 'dC += gy·h[t]', [
    token,
    'gradients.dC[c + n]! += gy * h;',
  ]),
  'conjugates left out of the gradients': mistake(['selectiveScanBackward'], 'dw = dz·conj(v) for z = w·v', [
    complexToken,
    'dH.set(multiply(conjugate(aBar), dh), 2 * i);',
  ]),
};
