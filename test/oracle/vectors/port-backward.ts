/**
 * The port's gradients of the selective scan (port-scan.ts), token by token.
 */
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import type { Port, Step, Z } from './port-numbers.ts';
import { f, numberAt, plus, statesOf, times, zero } from './port-numbers.ts';
import type { Numbers, ScanSizes, ScanWork } from './port-scan.ts';
import { isHeld } from './port-scan.ts';
import type { Token } from './port-token.ts';
import { tokensOf } from './port-token.ts';

interface Work extends ScanWork {
  readonly g: Record<string, Float32Array>;
  /** Σ_n C·h and Σ_n dh·B̄, by token and channel. */
  readonly y: Float32Array;
  readonly byX: Float32Array;
}

export function portBackward({ parameters, inputs }: VectorCase, port: Port): Numbers {
  const operands = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data])) as Numbers;
  if (port.mistake === 'A not negated') operands.A = operands.A!.map((a) => -a);
  if (port.mistake === 'initial state ignored') operands.h0 = undefined;
  if (port.mistake === 'dHLast ignored') operands.dHLast = undefined;
  const sizes = parameters as unknown as ScanSizes;
  const { seqLen, dInner, dState, cuSeqlens, complex } = sizes;
  const rows = () => new Float32Array(seqLen * dInner);
  const g = {
    ...{ dX: rows(), dDelta: rows(), dZ: rows(), dA: new Float32Array(operands.A!.length) },
    ...{ dB: new Float32Array(operands.B!.length), dC: new Float32Array(operands.C!.length) },
    ...{ dD: new Float32Array(dInner), dDeltaBias: new Float32Array(dInner) },
    dH0: new Float32Array((cuSeqlens.length - 1) * dInner * dState * (complex ? 2 : 1)),
  };
  const work: Work = { sizes, operands, port, g, y: rows(), byX: rows() };
  for (let d = 0; d < dInner; d++) for (let n = 0; n < dState; n++) backThrough(work, d, n);
  for (let td = 0; td < seqLen * dInner; td++) finish(work, td);
  return g;
}

/** One state through all sequences and back. */
function backThrough(work: Work, d: number, n: number): void {
  const { sizes, operands, port, g } = work;
  const { dInner, dState, complex, cuSeqlens } = sizes;
  const runsOn = port.mistake === 'state not reset between sequences';
  const placeOf = (s: number) => (s * dInner + d) * dState + n;
  const walks: Walk[] = [];
  for (let s = 0; s + 1 < cuSeqlens.length; s++) {
    const first = placeOf(port.mistake === 'h0 of the first sequence for all' ? 0 : s);
    const leaked = runsOn ? walks.at(-1) : undefined;
    const before =
      leaked === undefined ? numberAt(operands.h0, first, complex) : (leaked.states.at(-1) ?? leaked.before);
    const tokens = tokensOf(work, { s, d, n });
    const steps = tokens.map(({ aBar, deltaX, phi, B }): Step => ({ a: aBar, b: times(times([deltaX, 0], phi), B) }));
    walks.push({ tokens, before, states: statesOf(steps, before, port) });
  }
  let late = zero;
  const leaksBack = (runsOn && port.second) || port.mistake === 'dH runs on into the sequence before';
  walks.reverse().forEach((walk, j) => {
    const s = walks.length - 1 - j;
    late = plus(leaksBack ? late : zero, numberAt(operands.dHLast, placeOf(s), complex));
    late = walkBack(work, walk, { d, n, late });
    if (s === 0 || !(runsOn && port.second)) addTo(g.dH0!, placeOf(s), late, complex);
  });
}

/** A sequence's tokens, the state before them, and those after each. */
interface Walk {
  readonly tokens: readonly Token[];
  readonly before: Z;
  readonly states: readonly Z[];
}

interface Behind {
  readonly d: number;
  readonly n: number;
  /** The gradient from behind a token. */
  readonly late: Z;
}

/** @returns the gradient by the state before the sequence */
function walkBack(work: Work, { tokens, before, states }: Walk, { d, n, late: last }: Behind): Z {
  const { mistake, second, store } = work.port;
  const chunk = 8;
  let late = last;
  for (let j = tokens.length - 1; j >= 0; j--) {
    const ends = (j + 1) % chunk === 0 && j + 1 < tokens.length;
    if (mistake === 'a chunk’s dH begins from nothing' && ends) late = zero;
    const cut = mistake === 'a chunk begins from nothing' && j % chunk === 0 && j > 0;
    const old = cut ? zero : (states[j - 1] ?? before);
    late = backToken(work, tokens[j]!, { d, n, old, now: states[j]!, late });
    if (second) late = [store(late[0]), store(late[1])];
  }
  return late;
}

interface Around extends Behind {
  readonly old: Z;
  readonly now: Z;
}

/** @returns the gradient by the state before the token */
function backToken({ sizes, operands, port, g, y, byX }: Work, token: Token, { d, n, old, now, late }: Around): Z {
  const { complex, dInner, dState } = sizes;
  const { t, b, c, delta, deltaX, aBar, phi, slope, x, B, C } = token;
  const td = t * dInner + d;
  const a = numberAt(operands.A, d * dState + n, complex);
  const gy: Z = [f(f(operands.dY![td]! * gate(operands, port, td)) * (complex ? 2 : 1)), 0];
  const bar = ([re, im]: Z): Z => [re, -im];
  const dh = plus(late, times(gy, bar(C)));
  const [inRe, inIm] = times(times([deltaX, 0], phi), B);
  const cancels = port.mistake === 'Ā·h[t−1] as h[t] − B̄x';
  const undecayed = port.mistake === 'dA and dDelta without Ā';
  const decayed = cancels ? plus(now, [-inRe, -inIm]) : undecayed ? old : times(aBar, old);
  const r = port.mistake === 'dA without Ā' ? old : decayed;
  const { mistake, second } = port;
  y[td] = f(y[td]! + f((complex ? 2 : 1) * times(C, now)[0]));
  const read = port.mistake === 'dC by the state before the token' ? old : now;
  const kept = mistake === 'a constant’s gradient of one token only' ? (second ? 0 : sizes.seqLen - 1) : t;
  if (!sizes.constantC || t === kept)
    addTo(g.dC!, c, times(gy, mistake === 'C conjugated' ? read : bar(read)), complex);
  const phiBack: Z = mistake === 'φ left out of the gradients' ? [1, 0] : phi;
  if (!sizes.constantB || t === kept) addTo(g.dB!, b, times(times(dh, [deltaX, 0]), bar(phiBack)), complex);
  const slopeBack = mistake === 'φ′ left out of the gradients' ? zero : slope;
  const bySlope = times(times([f(f(delta * delta) * x), 0], B), slopeBack);
  addTo(g.dA!, d * dState + n, times(dh, bar(plus(times([delta, 0], r), bySlope))), complex);
  // The derivative of Δ·φ(ΔA) by Δ, which is exp(ΔA).
  const summed = second || slopeBack !== slope || phiBack !== phi || mistake?.startsWith('dDelta without the path');
  const first = mistake === 'dDelta without the path of B̄' ? zero : phiBack;
  const rest = mistake === 'dDelta without the path of Ā' ? zero : times(times([delta, 0], a), slopeBack);
  const byStep = summed ? plus(first, rest) : isHeld(sizes, port) ? aBar : phi;
  const held = times(times([x, 0], byStep), B);
  const byDecay = mistake === 'dDelta without the path of Ā' ? zero : times(a, decayed);
  g.dDelta![td] = f(g.dDelta![td]! + times(dh, bar(plus(byDecay, held)))[0]);
  const byInput = times(phiBack, B);
  byX[td] = f(byX[td]! + f(delta * times(dh, mistake === 'dX without conjugates' ? byInput : bar(byInput))[0]));
  return times(bar(aBar), dh);
}

function addTo(data: Float32Array, i: number, z: Z, complex: boolean): void {
  const parts = complex ? 2 : 1;
  for (let part = 0; part < parts; part++) data[parts * i + part] = f(data[parts * i + part]! + z[part]!);
}

function finish({ sizes, operands, port, g, y, byX }: Work, td: number): void {
  const d = td % sizes.dInner;
  const skip = operands.D?.[d] ?? 0;
  const [dY, x, z] = [operands.dY![td]!, operands.x![td]!, operands.z?.[td]];
  const gy = f(dY * gate(operands, port, td));
  g.dX![td] = port.mistake === 'dX without the skip' ? byX[td]! : f(byX[td]! + f(skip * gy));
  g.dD![d] = f(g.dD![d]! + f((port.mistake === 'dD without the gate' ? dY : gy) * x));
  if (z !== undefined) {
    const s = f(1 / f(1 + port.exp(-z)));
    g.dZ![td] = f(f(dY * f(y[td]! + f(skip * x))) * f(s * f(1 + f(z * f(1 - s)))));
  }
  const late = port.mistake === 'bias after softplus' || port.mistake === 'delta bias left out'; // whose slope is that of the raw delta
  const pre = f(operands.delta![td]! + (late ? 0 : (operands.deltaBias?.[d] ?? 0)));
  const cut = port.mistake === 'softplus cut at 10' ? 10 : 20;
  const slope = !sizes.softplus || pre > cut ? 1 : f(1 / f(1 + port.exp(-pre)));
  if (port.mistake !== 'dDelta without the slope of softplus') g.dDelta![td] = f(g.dDelta![td]! * slope);
  const share = port.mistake === 'dDeltaBias as a mean' ? sizes.seqLen : 1;
  g.dDeltaBias![d] = f(g.dDeltaBias![d]! + f(g.dDelta![td]! / share));
}

function gate({ z }: Numbers, { exp }: Port, td: number): number {
  return z === undefined ? 1 : f(z[td]! / f(1 + exp(-z[td]!)));
}
