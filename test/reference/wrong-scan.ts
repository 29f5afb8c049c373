/**
 * A second selective scan, written to be broken: with no mistake it is right, and with each one it must be caught.
 *
 * It shares no code with src/reference. The mistakes are those that other implementations really made (operand
 * order, tiled groups, bias after softplus …), each in one place.
 */
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';

export const mistakes = [
  'swapped combine',
  'zero padding instead of the identity',
  'dropped tail',
  'stale state read by C',
  'bias after softplus',
  'softplus left out',
  'softplus without log1p',
  'softplus without its cut at 20',
  'tiled groups',
  'gate before D',
  'gate by sigmoid',
  'zero-order hold for B',
  'Euler for A',
  'delta left out of B',
  'A not negated',
  'state not reset between sequences',
  'initial state ignored',
  'initial state added without decay',
  'missing 2·Re',
  'C conjugated',
] as const;
export type Mistake = (typeof mistakes)[number] | 'none';

type Pair = [number, number];
const times = ([a, b]: Pair, [c, d]: Pair): Pair => [a * c - b * d, a * d + b * c];
const plus = ([a, b]: Pair, [c, d]: Pair): Pair => [a + c, b + d];

/** Real problems run as complex ones with zero imaginary parts, channel by channel, through a list of (a, b) pairs. */
export function wrongScan(p: SelectiveScanInput, mistake: Mistake): { y: Float64Array; hLast: Float64Array } {
  const { seqLen, dInner, dState, groups = 1, complex = false } = p;
  const width = complex ? 2 : 1;
  const cuts = Array.from(p.cuSeqlens ?? [0, seqLen]);
  const y = new Float64Array(seqLen * dInner);
  const hLast = new Float64Array((cuts.length - 1) * dInner * dState * width);
  const pair = (data: ArrayLike<number>, i: number): Pair =>
    complex ? [data[2 * i]!, data[2 * i + 1]!] : [data[i]!, 0];

  for (let d = 0; d < dInner; d++) {
    const group = mistake === 'tiled groups' ? d % groups : Math.trunc((d * groups) / dInner);
    const row = (constant: boolean | undefined, t: number) => (constant ? d : t * groups + group) * dState;
    const sums = new Float64Array(seqLen);
    for (let n = 0; n < dState; n++) {
      const a = pair(p.A, d * dState + n);
      if (mistake === 'A not negated') a[0] = Math.abs(a[0]);
      for (let s = 0; s + 1 < cuts.length; s++) {
        const [start, end] = [cuts[s]!, cuts[s + 1]!];
        const steps = Array.from({ length: end - start }, (_, i) => {
          const t = start + i;
          return element(p, mistake, a, pair(p.B, row(p.constantB, t) + n), t, d);
        });
        const at = (s * dInner + d) * dState + n;
        const fromBefore = mistake === 'state not reset between sequences' && s > 0;
        const given: Pair = p.h0 && mistake !== 'initial state ignored' ? pair(p.h0, at) : [0, 0];
        const before = fromBefore ? pair(hLast, at - dInner * dState) : given;
        const states = run(steps, before, mistake);
        states.forEach((h, i) => {
          const t = start + i;
          const read = mistake === 'stale state read by C' ? (states[i - 1] ?? before) : h;
          const c = pair(p.C, row(p.constantC, t) + n);
          if (mistake === 'C conjugated') c[1] = -c[1];
          sums[t]! += times(c, read)[0] * (complex && mistake !== 'missing 2·Re' ? 2 : 1);
        });
        const last = states[states.length - 1] ?? before;
        hLast.set(complex ? last : [last[0]], at * width);
      }
    }
    for (let t = 0; t < seqLen; t++) y[t * dInner + d] = output(p, mistake, sums[t]!, t * dInner + d, d);
  }
  return { y, hLast };
}

function element(p: SelectiveScanInput, mistake: Mistake, a: Pair, b: Pair, t: number, d: number): [Pair, Pair] {
  const i = t * p.dInner + d;
  const bias = p.deltaBias?.[d] ?? 0;
  const soft = (v: number) => {
    if (!p.deltaSoftplus || mistake === 'softplus left out') return v;
    if (mistake === 'softplus without log1p') return Math.fround(Math.log(1 + Math.exp(v)));
    return v > 20 && mistake !== 'softplus without its cut at 20' ? v : Math.log1p(Math.exp(v));
  };
  const delta = mistake === 'bias after softplus' ? soft(p.delta[i]!) + bias : soft(p.delta[i]! + bias);
  const size = Math.exp(delta * a[0]);
  const exact: Pair = [size * Math.cos(delta * a[1]), size * Math.sin(delta * a[1])];
  const aBar: Pair = mistake === 'Euler for A' ? [1 + delta * a[0], delta * a[1]] : exact;
  let factor: Pair = [mistake === 'delta left out of B' ? 1 : delta, 0];
  const norm = a[0] * a[0] + a[1] * a[1];
  if (mistake === 'zero-order hold for B' && norm > 0) {
    factor = times([exact[0] - 1, exact[1]], [a[0] / norm, -a[1] / norm]);
  }
  return [aBar, times(factor, [b[0] * p.x[i]!, b[1] * p.x[i]!])];
}

/** States by a Hillis–Steele scan over (a, b), padded to a multiple of 4. */
function run(steps: [Pair, Pair][], before: Pair, mistake: Mistake): Pair[] {
  if (steps.length === 0) return [];
  const padding: [Pair, Pair] =
    mistake === 'zero padding instead of the identity'
      ? [
          [0, 0],
          [0, 0],
        ]
      : [
          [1, 0],
          [0, 0],
        ];
  let list = steps.map(([a, b], i): [Pair, Pair] => {
    const decayed = mistake === 'initial state added without decay' ? before : times(a, before);
    return [a, i === 0 ? plus(b, decayed) : b];
  });
  while (list.length % 4 !== 0) list.push(padding);
  if (mistake === 'dropped tail')
    list = list.map((e, i) => (i >= list.length - 4 && steps.length % 4 !== 0 ? padding : e));
  for (let distance = 1; distance < list.length; distance *= 2) {
    list = list.map((later, t): [Pair, Pair] => {
      if (t < distance) return later;
      const [first, second] =
        mistake === 'swapped combine' ? [later, list[t - distance]!] : [list[t - distance]!, later];
      return [times(second[0], first[0]), plus(times(second[0], first[1]), second[1])];
    });
  }
  const last = list[list.length - 1]![1]; // a kernel that pads reads its last state from the padded end
  return list.slice(0, steps.length).map(([, h], t) => (t === steps.length - 1 ? last : h));
}

function output(p: SelectiveScanInput, mistake: Mistake, sum: number, i: number, d: number): number {
  const skip = (p.D?.[d] ?? 0) * p.x[i]!;
  if (p.z === undefined) return sum + skip;
  const sigma = 1 / (1 + Math.exp(-p.z[i]!));
  if (mistake === 'gate by sigmoid') return (sum + skip) * sigma;
  if (mistake === 'gate before D') return sum * p.z[i]! * sigma + skip;
  return (sum + skip) * p.z[i]! * sigma;
}
