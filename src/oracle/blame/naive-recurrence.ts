/**
 * The linear recurrence once more, with mistakes to switch on (naive-scan.ts): in order, in chunks, by Blelloch's tree.
 */
import type { CaseReader, Outputs } from './case-reader.ts';
import type { MistakeName } from './mistakes.ts';
import { storedBy } from './narrow.ts';

/** One channel: a and b by token, and h before the first. */
interface Channel {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly h0: number;
}

type Scanned = readonly number[];

/** @param chunk tokens a chunk, for the mistakes that chunks make, or the bits of a state */
export function naiveRecurrence(reader: CaseReader, mistake?: MistakeName, chunk = 1): Outputs {
  const [seqLen, channels] = [reader.size('seqLen'), reader.size('channels')];
  const [a, b, h0] = [reader.get('a'), reader.get('b'), reader.maybe('h0')];
  const h = new Float64Array(seqLen * channels);
  const hLast = new Float64Array(channels);
  for (let d = 0; d < channels; d++) {
    const column = (data: Float64Array) => Array.from({ length: seqLen }, (_, t) => data[t * channels + d]!);
    const channel = { a: column(a), b: column(b), h0: mistake === 'initial state ignored' ? 0 : (h0?.[d] ?? 0) };
    const states = scanned(channel, mistake, chunk);
    states.forEach((state, t) => {
      h[t * channels + d] = state;
    });
    hLast[d] = lastOf(channel, states, mistake);
  }
  return { h, hLast };
}

function scanned(channel: Channel, mistake: MistakeName | undefined, chunk: number): Scanned {
  if (mistake === 'a chunk begins from nothing') return chunked(channel, chunk, () => 0);
  if (mistake === 'a chunk is carried by its token’s a alone') return chunked(channel, chunk, (a) => a[a.length - 1]!);
  if (mistake === 'combine with its operands swapped') return swapped(channel);
  if (mistake === 'down-sweep with its operands swapped') return treeSwapped(channel);
  const inOrder = sequential(channel, mistake, storedBy(mistake, chunk));
  return mistake === 'exclusive instead of inclusive' ? [channel.h0, ...inOrder].slice(0, inOrder.length) : inOrder;
}

function sequential({ a, b, h0 }: Channel, mistake: MistakeName | undefined, stored: (h: number) => number): Scanned {
  let state = h0;
  return b.map((bT, t) => {
    const factor = mistake === 'a of the token before' && t > 0 ? a[t - 1]! : a[t]!;
    const undecayed = mistake === 'initial state added, not decayed' && t === 0;
    state = stored((undecayed ? state : factor * state) + bT);
    return state;
  });
}

/** @param carry by what the state before a chunk comes into one of its tokens, given the chunk's a up to it */
function chunked({ a, b, h0 }: Channel, chunk: number, carry: (a: readonly number[]) => number): Scanned {
  let [before, local] = [0, h0];
  const states: number[] = [];
  b.forEach((bT, t) => {
    const start = t - (t % chunk);
    if (t === start && t > 0) [before, local] = [states[t - 1]!, 0];
    local = a[t]! * local + bT;
    states.push(start === 0 ? local : local + carry(a.slice(start, t + 1)) * before);
  });
  return states;
}

/** (a₁, b₁)∘(a₀, b₀) everywhere: each b is carried by the a before it instead of those behind it. */
function swapped({ a, b, h0 }: Channel): Scanned {
  let [weight, state] = [1, 0];
  return b.map((bT, t) => {
    state += weight * (t === 0 ? a[0]! * h0 + bT : bT);
    weight *= a[t]!;
    return state;
  });
}

type Element = readonly [a: number, b: number];

function combine([a0, b0]: Element, [a1, b1]: Element): Element {
  return [a1 * a0, a1 * b0 + b1];
}

/** Blelloch's tree whose down-sweep puts the left part before the prefix. */
function treeSwapped({ a, b, h0 }: Channel): Scanned {
  const elements = a.map((aT, t): Element => [aT, t === 0 ? aT * h0 + b[0]! : b[t]!]);
  const prefixes: Element[] = [];
  const down = (from: number, width: number, prefix: Element): void => {
    if (from >= elements.length) return;
    if (width === 1) {
      prefixes[from] = prefix;
      return;
    }
    const middle = from + width / 2;
    const left = elements.slice(from, middle).reduce(combine, [1, 0]);
    down(from, width / 2, prefix);
    down(middle, width / 2, combine(left, prefix));
  };
  let width = 1;
  while (width < elements.length) width *= 2;
  down(0, width, [1, 0]);
  return elements.map((element, t) => combine(prefixes[t]!, element)[1]);
}

function lastOf({ h0 }: Channel, states: Scanned, mistake: MistakeName | undefined): number {
  const [length, last] = [states.length, states.at(-1) ?? h0];
  if (mistake === 'padded with (0, 0)') return (length & (length - 1)) === 0 ? last : 0;
  if (mistake === 'last state one token old') return length === 0 ? h0 : (states.at(-2) ?? h0);
  return last;
}
