/**
 * The variants of the important kernels. Numbers in brackets are places: of a parameter, a loop or a condition.
 */
import type { KernelName } from '../definitions.ts';
import { asArithmetic, chosen, exchanged, mirrored, negated, nested } from './conditions.ts';
import { deadBranch, deadBranchFirst, deadBranchOfThread, deadLoop } from './dead-code.ts';
import { downwards, guardedTurns, oneTrip, oneTripOf, peeled, splitLoop, twoAtOnce } from './loops.ts';
import { commutedAddition, doubledResult, namedAddend, namedSubscript } from './temporaries.ts';
import type { Transform, Variant } from './variant.ts';

/** Variants of one kernel that keep the order of its numbers. */
function of(kernel: KernelName, transforms: Readonly<Record<string, Transform>>): Variant[] {
  return Object.entries(transforms).map(([name, transform]) => ({ kernel, name, transform, sameOrder: true }));
}

/** Variants that add in another order, or that a compiler may read as an interpolation, v + k·(e − v). */
function reordered(kernel: KernelName, transforms: Readonly<Record<string, Transform>>): Variant[] {
  return of(kernel, transforms).map((variant) => ({ ...variant, sameOrder: false }));
}

/** Variants of a function that the kernel calls. */
function ofFunction(
  kernel: KernelName,
  ofFunction: number,
  transforms: Readonly<Record<string, Transform>>,
): Variant[] {
  return of(kernel, transforms).map((variant) => ({ ...variant, ofFunction }));
}

/** One loop deep inside of another, or the last of several. */
const last = -1;

const products: readonly Variant[] = [
  ...of('linear', {
    'a branch that is dead for columns ≥ 0': deadBranch(4),
    'the body as a loop of one trip': oneTrip,
    'its loop in two pieces': splitLoop(),
    'two products a turn': twoAtOnce(),
    'the product by way of names': namedAddend,
    'sum and product exchanged': commutedAddition,
    'a place by way of a name': namedSubscript,
    'the condition of the bias negated': negated(0),
    'the old value as a choice': chosen(1),
  }),
  ...reordered('linear', { 'its loop downwards': downwards(), 'the bias as arithmetic': asArithmetic(0) }),
  ...of('linearPartial', {
    'a loop of no trips': deadLoop(2),
    'the body as a loop of one trip of so many columns': oneTripOf(2),
    'the first turn peeled off': peeled(),
    'every turn behind a condition that holds': guardedTurns(2),
  }),
  ...of('linearReduce', { 'the first turn peeled off': peeled(), 'the bias as a choice': chosen(0) }),
  ...reordered('linearReduce', { 'its loop downwards': downwards() }),
  ...of('embed', { 'branches exchanged': exchanged(), 'conditions negated': negated() }),
  ...of('blockArgmax', {
    'the body as a loop of one trip': oneTrip,
    'the condition of the width negated': negated(0),
    'two places a turn': twoAtOnce(),
    'a branch that is dead for width ≥ 0': deadBranch(3),
  }),
  ...of('upSweep', { 'branches exchanged': exchanged() }),
  ...of('downSweep', { 'the condition mirrored': mirrored(0), 'the inner condition negated': negated(1) }),
  ...of('chunkCarry', { 'the body as a loop of one trip': oneTrip, 'its loop in two pieces': splitLoop() }),
];

const rows: readonly Variant[] = [
  ...of('softplus', {
    'a branch that is dead for any thread': deadBranchOfThread,
    'the body as a loop of one trip': oneTrip,
  }),
  ...ofFunction('softplus', 0, { 'log1p doubled and halved': doubledResult }),
  ...ofFunction('softplus', 1, { 'softplus as a loop of one trip': oneTrip }),
  ...of('causalConv1d', {
    'branches exchanged': exchanged(0),
    'the condition of the state negated': negated(0),
    'the body as a loop of one trip': oneTrip,
    'two taps a turn': twoAtOnce(),
    'the first tap peeled off': peeled(),
  }),
  ...of('rmsNorm', {
    'a branch that is dead for width ≥ 0, first': deadBranchFirst(4),
    'its loop in two pieces': splitLoop(),
  }),
  ...reordered('rmsNorm', { 'its loop downwards': downwards(), 'the weight as arithmetic': asArithmetic(0) }),
];

const scans: readonly Variant[] = [
  ...of('chunkState', {
    'a branch that is dead for rows ≥ 0': deadBranch(6),
    'the body as a loop of one trip': oneTrip,
    'the condition of the rows negated': negated(0),
    'the condition of the rows twice': nested(0),
    'a start as a choice': chosen(1),
    'the first token peeled off': peeled(),
  }),
  ...of('scanOutput', {
    'the inner loop in two pieces': splitLoop(last),
    'the inner condition negated': negated(1),
    'the carry as a choice': chosen(0),
    'a loop of no trips': deadLoop(7),
    'every token behind a condition that holds': guardedTurns(7, last),
  }),
  ...reordered('scanOutput', { 'states downwards': downwards(0) }),
  ...of('scanState', { 'the body as a loop of one trip': oneTrip, 'conditions mirrored': mirrored(0) }),
  ...of('stepState', {
    'a branch that is dead for dState ≥ 0': deadBranch(7),
    'the condition of the rule negated': negated(2),
  }),
  ...reordered('stepState', { 'the rule as arithmetic': asArithmetic(2) }),
  ...of('stepOutput', {
    'the gate as a choice': chosen(1),
    'the body as a loop of one trip of dInner channels': oneTripOf(5),
  }),
  ...reordered('stepOutput', { 'states downwards': downwards() }),
];

export const variants: readonly Variant[] = [...products, ...rows, ...scans];
