/**
 * The selective scan once more, one channel and one state at a time, with a mistake that can be switched on. Without one
 * it is right: the tests compare it with the reference. It explains wrong results, and is no truth.
 */
import type { CaseReader, Outputs } from './case-reader.ts';
import type { MistakeName } from './mistakes.ts';
import { coarsePhi, naiveExp, naivePhi } from './naive-factor.ts';
import { naiveStep, placeOfB, placeOfC } from './naive-operands.ts';
import { expBy, flushed, lossOf, otherExpBy, readsBefore, storedBy, takenBy } from './narrow.ts';
import type { Pair } from './pair.ts';
import { add, at, put, scale, times, zero } from './pair.ts';

/** A scan's operands and sizes, whether it stands alone or in a block. */
export interface NaiveScan {
  readonly seqLen: number;
  readonly dInner: number;
  readonly dState: number;
  readonly groups: number;
  readonly complex: boolean;
  readonly constantB: boolean;
  readonly constantC: boolean;
  readonly softplus: boolean;
  readonly zoh: boolean;
  readonly steps: boolean;
  /** Which variant of the mistake, where it has several. Default 1. */
  readonly variant?: number;
  readonly cuSeqlens: readonly number[];
  readonly x: Float64Array;
  readonly delta: Float64Array;
  readonly A: Float64Array;
  readonly B: Float64Array;
  readonly C: Float64Array;
  readonly D?: Float64Array | undefined;
  readonly z?: Float64Array | undefined;
  readonly deltaBias?: Float64Array | undefined;
  readonly h0?: Float64Array | undefined;
}

export function scanOf(reader: CaseReader, variant = 1): NaiveScan {
  const { get, maybe, size, flag } = reader;
  return {
    ...{ seqLen: size('seqLen'), dInner: size('dInner'), dState: size('dState'), groups: size('groups') },
    ...{ complex: flag('complex'), constantB: flag('constantB'), constantC: flag('constantC') },
    ...{ variant, softplus: flag('softplus'), zoh: reader.word('discretization') === 'zoh' },
    ...{ steps: reader.word('by') === 'steps', cuSeqlens: reader.list('cuSeqlens') },
    ...{ x: get('x'), delta: get('delta'), A: get('A'), B: get('B'), C: get('C') },
    ...{ D: maybe('D'), z: maybe('z'), deltaBias: maybe('deltaBias'), h0: maybe('h0') },
  };
}

export function naiveScan(whole: NaiveScan, mistake?: MistakeName): Outputs {
  const { variant = 1 } = whole;
  const q = taken(whole, mistake);
  const stored = storedBy(mistake, variant);
  const { seqLen, dInner, dState, cuSeqlens, complex } = q;
  const states = dInner * dState;
  const sums = new Float64Array(seqLen * dInner);
  const hLast = new Float64Array((cuSeqlens.length - 1) * states * (complex ? 2 : 1));
  for (let s = 0; s + 1 < cuSeqlens.length; s++) {
    for (let i = 0; i < states; i++) {
      const place = s * states + i;
      const given =
        q.h0 === undefined || mistake === 'initial state ignored'
          ? zero
          : at(q.h0, mistake === 'h0 of the first sequence for all' ? i : place, complex);
      const leaks = mistake === 'state not reset between sequences' && s > 0;
      const before = leaks ? at(hLast, place - states, complex) : given;
      put(hLast, place, walk(q, mistake, sums, { s, i, before, stored }), complex);
    }
  }
  const y = sums.map((sum, td) => finish(q, mistake, sum, td));
  return mistake === 'denormals flushed to zero' ? { y: y.map(flushed), hLast: hLast.map(flushed) } : { y, hLast };
}

/** The operands as they are taken: A with its sign, x and h0 where they may be too small. */
function taken(q: NaiveScan, mistake: MistakeName | undefined): NaiveScan {
  if (mistake === 'A not negated') return { ...q, A: q.A.map((a) => -a) };
  if (mistake !== 'denormals flushed to zero') return q;
  const take = takenBy(mistake, q.variant ?? 1);
  return { ...q, x: q.x.map(take), h0: q.h0?.map(take) };
}

/** One state through one sequence; adds C·h to the sums. @returns the last state */
function walk(q: NaiveScan, mistake: MistakeName | undefined, sums: Float64Array, start: WalkStart): Pair {
  const { dInner, dState, cuSeqlens, complex, variant = 1 } = q;
  const { s, i, before, stored } = start;
  const [d, n] = [Math.floor(i / dState), i % dState];
  const a = at(q.A, i, complex);
  const dropped = mistake === 'last tokens mod 4 dropped' ? (cuSeqlens[s + 1]! - cuSeqlens[s]!) % 4 : 0;
  let [state, older] = [before, before];
  for (let t = cuSeqlens[s]!; t < cuSeqlens[s + 1]! - dropped; t++) {
    const place = { start: cuSeqlens[s]!, t, d, n };
    const [b, c] = [placeOfB(q, mistake, place), placeOfC(q, mistake, place)];
    const delta = naiveStep(q, mistake, t * dInner + d);
    const { aBar, phi } = discretized(q, mistake, scale(delta, a));
    const bX = scale(delta * q.x[t * dInner + d]!, times(phi, at(q.B, b, complex)));
    const stale = mistake === 'state not carried from step to step' && q.steps;
    const cut = mistake === 'a chunk begins from nothing' && t > place.start && (t - place.start) % variant === 0;
    older = cut ? zero : stale ? before : state;
    const undecayed = mistake === 'initial state added, not decayed' && t === cuSeqlens[s];
    const kept = undecayed ? older : times(aBar, older);
    const whole = add(kept, bX);
    state = [stored(whole[0]), stored(whole[1])];
    const read = mistake === 'C reads the old state' ? older : readsBefore(mistake, variant) ? whole : state;
    const product = times(conjugated(at(q.C, c, complex), mistake), read)[0];
    sums[t * dInner + d]! += product * (complex && mistake !== '2·Re taken as Re' ? 2 : 1);
  }
  return mistake === 'last state one token old' ? older : state;
}

interface WalkStart {
  readonly s: number;
  /** d·dState + n */
  readonly i: number;
  readonly before: Pair;
  /** What a state is kept as. */
  readonly stored: (state: number) => number;
}

export function conjugated([re, im]: Pair, mistake: MistakeName | undefined): Pair {
  return mistake === 'C conjugated' ? [re, -im] : [re, im];
}

/** Ā and φ at ΔA. */
export function discretized(q: NaiveScan, mistake: MistakeName | undefined, z: Pair): { aBar: Pair; phi: Pair } {
  const aBar = mistake === 'Euler for A' ? add([1, 0], z) : naiveExp(z, expBy(mistake, q.variant));
  if (!holds(q, mistake)) return { aBar, phi: [1, 0] };
  if (mistake === 'expm1 as exp − 1') return { aBar, phi: coarsePhi(z, lossOf(q.variant).signs) };
  return { aBar, phi: naivePhi(z, otherExpBy(mistake, q.variant)) };
}

/** Whether B is held: φ = (exp(z) − 1)/z, else 1. */
export function holds({ zoh }: NaiveScan, mistake: MistakeName | undefined): boolean {
  return zoh !== (mistake === 'ZOH for B taken as Euler, or the other way');
}

function finish(q: NaiveScan, mistake: MistakeName | undefined, sum: number, td: number): number {
  const { dInner, D, x, z, variant } = q;
  const count = mistake === 'D left out' ? 0 : mistake === 'D added twice' ? 2 : 1;
  const skip = count * (D?.[td % dInner] ?? 0) * x[td]!;
  if (z === undefined || mistake === 'gate left out') return sum + skip;
  const gate = (mistake === 'gate by sigmoid' ? 1 : z[td]!) / (1 + otherExpBy(mistake, variant)(-z[td]!));
  return mistake === 'gate before D' ? sum * gate + skip : (sum + skip) * gate;
}
