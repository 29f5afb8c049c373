/**
 * The linear recurrence of the second implementation, in order and by Blelloch's tree, with a planted mistake.
 */
import type { Result } from '../../src/oracle/operation.ts';
import type { Problems } from '../../src/oracle/operations.ts';
import type { Mistake } from './mistakes.ts';

type Recurrence = Problems['scanSequential'];

export function wrongRecurrence({ seqLen, channels, a, b, h0 }: Recurrence, mistake: Mistake): Result {
  const h = new Float64Array(seqLen * channels);
  for (let d = 0; d < channels; d++) {
    let state = mistake === 'h0 ignored' ? 0 : (h0?.[d] ?? 0);
    for (let t = 0; t < seqLen; t++) {
      const i = t * channels + d;
      const at = mistake === 'a of the token before' && t > 0 ? i - channels : i;
      const factor = mistake === 'a = 0 does not forget' && a[at] === 0 ? 1 : a[at]!;
      state = factor * state + b[i]!;
      h[i] = state;
    }
  }
  return { h };
}

/** The map h ↦ a·h + b. */
interface Step {
  readonly a: number;
  readonly b: number;
}

const same: Step = { a: 1, b: 0 };

function after(first: Step, second: Step): Step {
  return { a: first.a * second.a, b: second.a * first.b + second.b };
}

export function wrongBlelloch({ seqLen, channels, a, b, h0 }: Recurrence, mistake: Mistake): Result {
  const h = new Float64Array(seqLen * channels);
  for (let d = 0; d < channels; d++) {
    const before = h0?.[d] ?? 0;
    const leaves = Array.from({ length: seqLen }, (_, t): Step => {
      const [aT, bT] = [a[t * channels + d]!, b[t * channels + d]!];
      if (t > 0) return { a: aT, b: bT };
      return { a: aT, b: bT + (mistake === 'h0 added, not carried by a_0' ? before : aT * before) };
    });
    exclusive(leaves, mistake).forEach((prefix, t) => {
      const leaf = mistake === 'exclusive instead of inclusive' ? same : leaves[t]!;
      h[t * channels + d] = after(prefix, leaf).b;
    });
  }
  return { h };
}

/** What lies before each leaf, top down: a node hands it to its left half, and with the left half's total to the right. */
function exclusive(leaves: readonly Step[], mistake: Mistake): Step[] {
  const levels = Math.log2(Math.max(1, leaves.length));
  const size = 2 ** (mistake === 'length cut to a power of two' ? Math.floor(levels) : Math.ceil(levels));
  const total = (from: number, length: number): Step => {
    if (length === 1) return leaves[from] ?? same;
    return after(total(from, length / 2), total(from + length / 2, length / 2));
  };
  const prefixes = Array.from(leaves, () => same);
  const descend = (before: Step, from: number, length: number): void => {
    if (length === 1) {
      if (from < leaves.length) prefixes[from] = before;
      return;
    }
    const half = length / 2;
    const left = total(from, half);
    const later = mistake === 'down-sweep combines the later part first' ? after(left, before) : after(before, left);
    const swapped = mistake === 'down-sweep without its swap';
    descend(swapped ? left : before, from, half);
    descend(later, from + half, half);
  };
  descend(mistake === 'root not cleared' ? total(0, size) : same, 0, size);
  return prefixes;
}
