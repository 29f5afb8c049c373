/**
 * top-k, top-p and min-p: which tokens may be chosen at all.
 *
 * Each filter keeps the heaviest tokens and drops the rest, so a kept set is fully told by how many tokens it holds.
 * They apply in this order, each to what the one before has kept: top-k, top-p, min-p. Among tokens of equal weight
 * the lower ids are kept first. At least one token is always kept.
 */

import { createOrder } from './weight-order.ts';

export interface Filters {
  /** Keep the k heaviest tokens; 0 keeps all. */
  readonly topK: number;
  /** Drop the lightest tokens while their cumulative mass is ≤ 1 − p (of the mass that top-k kept); 1 keeps all. */
  readonly topP: number;
  /** Keep tokens whose mass is ≥ minP times that of the heaviest; 0 keeps all. */
  readonly minP: number;
}

/**
 * The ids that pass all filters.
 *
 * Source: top-k: Fan et al., Hierarchical Neural Story Generation, 2018, §5.4; top-p: Holtzman et al., The Curious Case
 * of Neural Text Degeneration, 2020, §3.1; min-p: Nguyen et al., Turning Up the Heat, 2024, §3.
 * @param weights ≥ 0, proportional to the probabilities; they need not sum to 1
 * @returns ids in ascending order
 * Rounding: masses are summed in float64, a bucket of similar weights at a time, the lightest first.
 */
export function keptTokens(weights: Float64Array, filters: Filters): Uint32Array {
  const { topK, topP, minP } = filters;
  if (topK === 0 && topP === 1 && minP === 0) return Uint32Array.from(weights.keys()); // no need to look
  const order = createOrder(weights);
  let first = 0; // the lightest token kept so far, counted from the lightest of all
  if (topK > 0) first = Math.max(first, weights.length - topK);
  if (topP < 1) first = order.lastWithin(first, (1 - topP) * order.massFrom(first));
  if (minP > 0) first = Math.max(first, order.countBelow(minP * order.heaviest));
  return idsOfHeaviest(weights, weights.length - first, order.at(first));
}

/** All tokens heavier than `lightest`, and of those that weigh just as much the lowest ids, `count` together. */
function idsOfHeaviest(weights: Float64Array, count: number, lightest: number): Uint32Array {
  let ties = count;
  for (const weight of weights) if (weight > lightest) ties--;

  const ids = new Uint32Array(count);
  let found = 0;
  for (let id = 0; id < weights.length; id++) {
    if (weights[id]! > lightest || (weights[id] === lightest && ties-- > 0)) ids[found++] = id;
  }
  return ids;
}
