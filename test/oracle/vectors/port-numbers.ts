/**
 * float32 arithmetic for a port of our own, in which every operation rounds, and scans in three orders.
 */

/** What every operation rounds to: float32, but within {@link roundingTo}. */
export let f = Math.fround;

/** What the work gives where every operation rounds to another dtype. */
export function roundingTo<T>(round: (value: number) => number, work: () => T): T {
  f = round;
  try {
    return work();
  } finally {
    f = Math.fround;
  }
}

export type Order = 'sequential' | 'blelloch' | 'chunked';

export const orders: readonly Order[] = ['sequential', 'blelloch', 'chunked'];

/** What a port is made of, and what is wrong with it. */
export interface Port {
  readonly order: Order;
  /** A name of the table of mistakes, or nothing. */
  readonly mistake?: string;
  /**
   * The mistake's other form, in gradients: by what is read in a wrong place they go where they belong; dH runs on as states
   * do; dH is stored as states are.
   */
  readonly second?: boolean;
  readonly exp: (x: number) => number;
  /** What a state is stored as after each token. */
  readonly store: (h: number) => number;
  /** y reads a state before it is stored. */
  readonly readsBefore?: boolean;
}

export function portOf(options: Partial<Port> = {}): Port {
  return { order: 'sequential', exp: (x) => f(Math.exp(x)), store: (h) => h, ...options };
}

/** [re, im], of which im is 0 where numbers are real. */
export type Z = readonly [number, number];

export const zero: Z = [0, 0];

export function times(p: Z, q: Z): Z {
  if (p[1] === 0 && q[1] === 0) return [f(p[0] * q[0]), 0];
  return [f(f(p[0] * q[0]) - f(p[1] * q[1])), f(f(p[0] * q[1]) + f(p[1] * q[0]))];
}

export function plus(p: Z, q: Z): Z {
  return [f(p[0] + q[0]), f(p[1] + q[1])];
}

/** The i-th number of an array, with a trailing (re, im) where it is complex; 0 where there is no array. */
export function numberAt(data: Float32Array | undefined, i: number, complex: boolean): Z {
  if (data === undefined) return zero;
  return complex ? [data[2 * i]!, data[2 * i + 1]!] : [data[i]!, 0];
}

/** The map h ↦ a·h + b. */
export interface Step {
  readonly a: Z;
  readonly b: Z;
}

/** Applies p, then q. */
export function after(q: Step, p: Step): Step {
  return { a: times(q.a, p.a), b: plus(times(q.a, p.b), q.b) };
}

/** States after each step, from h0. */
export function statesOf(steps: readonly Step[], h0: Z, { order, store, mistake }: Port): Z[] {
  const stored = ([re, im]: Z): Z => [store(re), store(im)];
  if (order === 'sequential') {
    let h = h0;
    return steps.map(({ a, b }) => {
      h = stored(plus(times(a, h), b));
      return h;
    });
  }
  const first = steps.map((step, t) => (t === 0 ? { a: step.a, b: plus(times(step.a, h0), step.b) } : step));
  const scanned = order === 'blelloch' ? tree(first, mistake) : chunks(first, mistake, 8);
  return scanned.map(({ b }) => b);
}

function tree(steps: readonly Step[], mistake: string | undefined): Step[] {
  const identity: Step = { a: [1, 0], b: zero };
  let size = 1;
  while (size < steps.length) size *= 2;
  const nodes = Array.from({ length: size }, (_, i) => steps[i] ?? identity);
  for (let half = 1; half < size; half *= 2) {
    for (let end = 2 * half - 1; end < size; end += 2 * half) nodes[end] = after(nodes[end]!, nodes[end - half]!);
  }
  nodes[size - 1] = identity;
  for (let half = size / 2; half >= 1; half /= 2) {
    for (let end = 2 * half - 1; end < size; end += 2 * half) {
      const [left, prefix] = [nodes[end - half]!, nodes[end]!];
      nodes[end - half] = prefix;
      const swapped = mistake === 'down-sweep with its operands swapped';
      nodes[end] = swapped ? after(prefix, left) : after(left, prefix);
    }
  }
  return steps.map((step, t) => after(step, nodes[t]!));
}

function chunks(steps: readonly Step[], mistake: string | undefined, length: number): Step[] {
  const out: Step[] = [];
  steps.forEach((step, t) => {
    const start = t - (t % length);
    const local = t === start ? step : after(step, out[t - 1]!);
    out.push(local);
    if (t % length !== length - 1 && t !== steps.length - 1) return;
    if (start === 0 || mistake === 'a chunk begins from nothing') return;
    const before = out[start - 1]!; // fixed up already
    const alone = mistake === 'a chunk is carried by its token’s a alone';
    for (let j = start; j <= t; j++) out[j] = after(alone ? { ...out[j]!, a: steps[j]!.a } : out[j]!, before);
  });
  return out;
}

/** exp that is too large by so many ulp, everywhere. */
export function biasedExp(ulps: number): (x: number) => number {
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  return (x) => {
    value[0] = Math.exp(x);
    if (value[0] > 0 && value[0] < Infinity) bits[0] = Math.max(0, bits[0]! + ulps);
    return value[0];
  };
}

/** exp that is a unit in the last place too large, too small or neither, by the bits of x. */
export function roughExp(x: number): number {
  const [single = 0] = new Uint32Array(Float32Array.of(x).buffer);
  return biasedExp(((Math.imul(single, 0x9e3779b9) >>> 8) % 3) - 1)(x);
}
