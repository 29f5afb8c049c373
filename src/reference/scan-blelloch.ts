/**
 * Blelloch's work-efficient parallel scan: up-sweep, identity at the root, down-sweep.
 *
 * Source: Blelloch, CMU-CS-90-190 (1990), §1.2.1, Figures 1.3–1.4; the Mamba paper, §3.3.2, names it as its scan.
 * Every inner loop below runs over independent nodes of one tree level: on a parallel machine it is one step.
 * With P = 2^⌈log2 L⌉: work 2(P − 1) + L combines, depth at most 2·log2 P + 1.
 */
import type { Monoid } from './monoid.ts';

/**
 * Inclusive scan by a balanced tree: the exclusive scan, combined once more with the input.
 *
 * @param elements e_0 … e_{L−1}, any L ≥ 0
 * Rounding: another bracketing than {@link scanSequential}; equal bit for bit where the arithmetic is exact.
 */
export function scanBlelloch<E>(monoid: Monoid<E>, elements: readonly E[]): E[] {
  const exclusive = scanBlellochExclusive(monoid, elements);
  return elements.map((element, t) => monoid.combine(exclusive[t]!, element));
}

/** Exclusive scan: out[0] is the identity, out[t] = e_0 ∘ … ∘ e_{t−1}. */
export function scanBlellochExclusive<E>(monoid: Monoid<E>, elements: readonly E[]): E[] {
  // Any length: pad on the right with the identity, up to a power of two.
  let size = 1;
  while (size < elements.length) size *= 2;
  const tree: E[] = [...elements];
  while (tree.length < size) tree.push(monoid.identity);

  // Up-sweep: a node's last place comes to hold the combination of its whole block.
  for (let half = 1; half < size; half *= 2) {
    for (let end = 2 * half - 1; end < size; end += 2 * half) {
      tree[end] = monoid.combine(tree[end - half]!, tree[end]!);
    }
  }

  // The root's total is dropped: nothing lies before the root.
  tree[size - 1] = monoid.identity;

  // Down-sweep: each node knows all that lies before it. Its left child hears just that, its right child that and
  // then the left child's block: the prefix comes first, since combine does not commute.
  for (let half = size / 2; half >= 1; half /= 2) {
    for (let end = 2 * half - 1; end < size; end += 2 * half) {
      const leftBlock = tree[end - half]!;
      const before = tree[end]!;
      tree[end - half] = before;
      tree[end] = monoid.combine(before, leftBlock);
    }
  }
  return tree.slice(0, elements.length);
}
