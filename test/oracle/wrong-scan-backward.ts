/**
 * The gradients of the second implementation: one state at a time, forward and back, with a planted mistake.
 */
import type { Result } from '../../src/oracle/operation.ts';
import type { Problems } from '../../src/oracle/operations.ts';
import type { Mistake } from './mistakes.ts';

type Backward = Problems['selectiveScanBackward'];
type Gradients = ReturnType<typeof zeros>;

export function wrongScanBackward(p: Backward, mistake: Mistake): Result {
  const { seqLen, cuSeqlens, dInner, dState, h } = p;
  const g = zeros(p);
  for (let d = 0; d < dInner; d++) {
    for (let n = 0; n < dState; n++) {
      let leaked = 0;
      for (let s = cuSeqlens.length - 2; s >= 0; s--) {
        const at = (s * dInner + d) * dState + n;
        const fromAbove = mistake === 'dHLast ignored' ? 0 : (p.dHLast?.[at] ?? 0);
        const carried = mistake === 'dH runs on into the sequence before' ? leaked : 0;
        leaked = walk(p, mistake, g, { s, d, n, before: h[at]!, dH: fromAbove + carried });
        g.dH0[at] = leaked;
      }
    }
    for (let t = 0; t < seqLen; t++) finishToken(p, mistake, g, t, d);
  }
  const { y, byX, ...gradients } = g;
  return gradients;
}

function zeros({ seqLen, cuSeqlens, dInner, dState, B, C }: Backward) {
  const array = (length: number) => new Float64Array(length);
  const tokens = seqLen * dInner;
  return {
    ...{ dX: array(tokens), dDelta: array(tokens), dZ: array(tokens), dA: array(dInner * dState) },
    ...{ dB: array(B.length), dC: array(C.length), dD: array(dInner), dDeltaBias: array(dInner) },
    ...{ dH0: array((cuSeqlens.length - 1) * dInner * dState), y: array(tokens), byX: array(tokens) },
  };
}

interface Walk {
  readonly s: number;
  readonly d: number;
  readonly n: number;
  readonly before: number;
  /** The gradient by the last state. */
  readonly dH: number;
}

/** @returns the gradient by the state before the sequence */
function walk(p: Backward, mistake: Mistake, g: Gradients, { s, d, n, before, dH }: Walk): number {
  const { cuSeqlens, dInner, dState, groups, A, B, C, x } = p;
  const [start, end] = [cuSeqlens[s]!, cuSeqlens[s + 1]!];
  const i = d * dState + n;
  const row = (t: number) => (t * groups + Math.floor((d * groups) / dInner)) * dState + n;
  const aBar = (t: number) => Math.exp(stepSize(p, t, d) * A[i]!);
  const met = [before];
  for (let t = start; t < end; t++) {
    met.push(aBar(t) * met[t - start]! + stepSize(p, t, d) * B[p.constantB ? i : row(t)]! * x[t * dInner + d]!);
  }
  let late = dH;
  for (let t = end - 1; t >= start; t--) {
    const [td, b, c] = [t * dInner + d, p.constantB ? i : row(t), p.constantC ? i : row(t)];
    const [old, fresh] = [met[t - start]!, met[t - start + 1]!];
    const [step, gy] = [stepSize(p, t, d), gateOf(p, t, d) * p.dY[td]!];
    const byState = late + gy * C[c]!;
    g.y[td]! += C[c]! * fresh;
    g.dC[c]! += gy * (mistake === 'dC by the state before the token' ? old : fresh);
    const dB = byState * step * x[td]!;
    g.dB[b] = (mistake === 'dB of a shared row kept of one channel' ? 0 : g.dB[b]!) + dB;
    g.dA[i]! += byState * step * old * (mistake === 'dA without Ā' ? 1 : aBar(t));
    g.dDelta[td]! += byState * (A[i]! * aBar(t) * old + B[b]! * x[td]!);
    g.byX[td]! += byState * step * B[b]!;
    late = mistake === 'dH0 one token late' && t === start ? byState : aBar(t) * byState;
  }
  return late;
}

/** The sums over n are there: skip, gate, softplus. */
function finishToken(p: Backward, mistake: Mistake, g: Gradients, t: number, d: number): void {
  const { dInner, D, x, z, dY, seqLen } = p;
  const td = t * dInner + d;
  const skip = D?.[d] ?? 0;
  const gate = gateOf(p, t, d);
  const gy = gate * dY[td]!;
  g.dX[td] = g.byX[td]! + (mistake === 'dX without the skip' ? 0 : skip * gy);
  if (D !== undefined) g.dD[d]! += (mistake === 'dD without the gate' ? dY[td]! : gy) * x[td]!;
  if (z !== undefined) {
    const s = 1 / (1 + Math.exp(-z[td]!));
    const slope = mistake === 'dZ by the gate itself' ? gate : s + z[td]! * s * (1 - s);
    g.dZ[td] = dY[td]! * (g.y[td]! + skip * x[td]!) * slope;
  }
  if (p.softplus && mistake !== 'dDelta without the slope of softplus') {
    const pre = p.delta[td]! + (p.deltaBias?.[d] ?? 0);
    g.dDelta[td]! *= 1 / (1 + Math.exp(-pre));
  }
  const lastOnly = mistake === 'dDeltaBias of the last token only' && t < seqLen - 1;
  g.dDeltaBias[d]! += lastOnly ? 0 : g.dDelta[td]!;
}

function gateOf({ dInner, z }: Backward, t: number, d: number): number {
  const at = z?.[t * dInner + d];
  return at === undefined ? 1 : at / (1 + Math.exp(-at));
}

function stepSize({ dInner, delta, deltaBias, softplus }: Backward, t: number, d: number): number {
  const pre = delta[t * dInner + d]! + (deltaBias?.[d] ?? 0);
  if (!softplus) return pre;
  return pre > 20 ? pre : Math.log1p(Math.exp(pre));
}
