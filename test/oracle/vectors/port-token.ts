/**
 * What the port's gradients take of each token, and where they put theirs.
 */
import { expOf, phiOf, phiSlopeOf } from './port-factor.ts';
import type { Z } from './port-numbers.ts';
import { f, numberAt, times, zero } from './port-numbers.ts';
import type { ScanWork } from './port-scan.ts';
import { isHeld, placeOfB, rowOf, stepSize } from './port-scan.ts';

/** Sequence, channel, state. */
export interface OneState {
  readonly s: number;
  readonly d: number;
  readonly n: number;
}

export type Token = ReturnType<typeof tokensOf>[number];

const one: Z = [1, 0];

/** What each token of a sequence brings to one state. */
export function tokensOf(work: ScanWork, { s, d, n }: OneState) {
  const { sizes, operands, port } = work;
  const { dInner, dState, cuSeqlens, complex } = sizes;
  const { mistake } = port;
  const a = numberAt(operands.A, d * dState + n, complex);
  const start = cuSeqlens[s]!;
  return Array.from({ length: cuSeqlens[s + 1]! - start }, (_, j) => {
    const t = start + j;
    const b = placeOfB(sizes, mistake, { start, t, d, n });
    const c = rowOf(sizes, 'constantC', mistake, [t, d]) + n;
    const [delta, x] = [stepSize(work, t, d), operands.x![t * dInner + d]!];
    const v = times([delta, 0], a);
    const held = isHeld(sizes, port);
    const own = port.second ? undefined : mistake;
    return {
      t,
      b: placeOfB(sizes, own, { start, t, d, n }),
      c: rowOf(sizes, 'constantC', own, [t, d]) + n,
      delta,
      x,
      deltaX: f(delta * x),
      aBar: expOf(v, port),
      phi: held ? phiOf(v, port) : one,
      slope: held ? phiSlopeOf(v, port) : zero,
      B: numberAt(operands.B, b, complex),
      C: conjugated(numberAt(operands.C, c, complex), mistake),
    };
  });
}

function conjugated([re, im]: Z, mistake: string | undefined): Z {
  return mistake === 'C conjugated' ? [re, -im] : [re, im];
}
