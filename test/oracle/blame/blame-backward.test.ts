/**
 * Every mistake planted in the gradients fails the suite and is blamed for it (blame.test.ts).
 */
import { expect, test } from 'vitest';
import { toBfloat16, toFloat16 } from '../../../src/oracle/rounding.ts';
import type { Port } from '../vectors/port-numbers.ts';
import { biasedExp, portOf, roughExp } from '../vectors/port-numbers.ts';
import { blamed } from './blamed.ts';

const chunked = { order: 'chunked' } as const;
const second = { second: true } as const;

/** As TF32 keeps them, to nearest or cut off. */
function inElevenBits(round: (v: number) => number): (v: number) => number {
  return (v) => {
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(v))) - 10);
    return v === 0 ? 0 : round(v / unit) * unit;
  };
}

/** Mistakes of the port. */
const planted: readonly (readonly [mistake: string, options?: Partial<Port>])[] = [
  ['initial state ignored'],
  ['A not negated'],
  ['softplus by log(1 + exp)'],
  ['bias after softplus'],
  ['delta bias left out'],
  ['groups tiled'],
  ['groups tiled', second],
  ['the first group for all'],
  ['the first group for all', second],
  ['B transposed'],
  ['B transposed', second],
  ['B of the token before'],
  ['B of the token before', second],
  ['C conjugated'],
  ['h0 of the first sequence for all'],
  ['state not reset between sequences'],
  ['state not reset between sequences', second],
  ['a chunk begins from nothing', chunked],
  ['a chunk’s dH begins from nothing'],
  ['dH runs on into the sequence before'],
  ['dHLast ignored'],
  ['dA without Ā'],
  ['Ā·h[t−1] as h[t] − B̄x'],
  ['dA and dDelta without Ā'],
  ['φ′ left out of the gradients'],
  ['φ left out of the gradients'],
  ['dDelta without the path of B̄'],
  ['dDelta without the path of Ā'],
  ['dX without conjugates'],
  ['dDeltaBias as a mean'],
  ['a constant’s gradient of one token only'],
  ['a constant’s gradient of one token only', second],
  ['dC by the state before the token'],
  ['dX without the skip'],
  ['dD without the gate'],
  ['dDelta without the slope of softplus'],
  ['ZOH for B taken as Euler, or the other way'],
  ['expm1 as exp − 1'],
  ['expm1 as exp − 1', second],
  ['expm1 as exp − 1', { exp: roughExp }],
  ['state kept in float16', { store: toFloat16 }],
  ['state kept in float16', { store: toFloat16, ...second }],
  ['state kept in bfloat16', { store: toBfloat16 }],
  ['state kept in bfloat16', { store: toBfloat16, ...second }],
  ['state kept in few bits', { store: inElevenBits(Math.round) }],
  ['state kept in few bits', { store: inElevenBits(Math.trunc) }],
  ['exp biased', { exp: biasedExp(4) }],
  ['exp biased', { exp: biasedExp(-40) }],
];

const rows = planted.map(([mistake, options = {}], i) => ({ i, mistake, options }));

test.each(rows)('$i: "$mistake" fails and is blamed for every failure', ({ mistake, options }) => {
  const [verdict, ...others] = blamed('selectiveScanBackward', portOf({ ...options, mistake }));
  expect(others).toEqual([]);
  expect(verdict!.failing).toBeGreaterThan(0);
  expect(verdict).toMatchObject({ mistake, explained: verdict!.failing });
});
