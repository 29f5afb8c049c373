/**
 * The budgets of float64 against truth from outside: the reference passes the goldens of state-spaces/mamba and PyTorch
 * (test/golden/README.md) by the scales that the vectors use.
 */
import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/oracle/random.ts';
import { backwardScales } from '../../../src/oracle/vectors/backward-scales.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import { conditioned, nudgedRuns, nudgedWeights } from '../../../src/oracle/vectors/conditions.ts';
import { measuredFactors } from '../../../src/oracle/vectors/measured-outputs.ts';
import { linearScales } from '../../../src/oracle/vectors/measured-scales.ts';
import { selectiveScanScales } from '../../../src/oracle/vectors/selective-scan-scales.ts';
import type { VectorCase, VectorOutput } from '../../../src/oracle/vectors/vector-case.ts';
import { headWeight, mambaModelForward, mambaModelLogits } from '../../../src/reference/mamba-model.ts';
import { selectiveScan } from '../../../src/reference/selective-scan.ts';
import { selectiveScanBackward } from '../../../src/reference/selective-scan-backward.ts';
import { readGolden } from '../../golden.ts';
import { configOf, weightsOf } from '../../golden-model.ts';
import { goldenScans } from '../../reference/golden-scan.ts';

/** A golden as a case: its value, our scale. */
function caseOf(outputs: Readonly<Record<string, readonly [Float64Array, Float64Array, number]>>): VectorCase {
  const entries = Object.entries(outputs).map(([name, [value, scale, factor]]): [string, VectorOutput] => [
    name,
    {
      ...{ axes: ['i'], shape: [value.length], value, scale: { strict: scale, gpu: scale }, basis: 'counted' },
      factor: { strict: factor, gpu: factor },
    },
  ]);
  return {
    ...{ name: 'golden', operation: 'selectiveScan', note: '', parameters: {}, inputs: {}, narrow: false },
    outputs: Object.fromEntries(entries),
  };
}

function failuresOf(one: VectorCase, actual: Readonly<Record<string, Float64Array>>): readonly string[] {
  const given = Object.fromEntries(
    Object.entries(actual).map(([name, data]) => [name, { data, precision: 'f64' as const }]),
  );
  return compareCase(one, given, { accumulation: 'f64' }).failures;
}

/** Both the golden and the reference are off by what their roundings allow. */
const twoSides = 2 * 1.01;

describe.each(await goldenScans())('$name', ({ sequences }) => {
  test('y, the last state and the gradients are within twice the budgets of float64', () => {
    for (const { input, y, hLast, dY, gradients } of sequences) {
      const scales = selectiveScanScales(input, 'strict');
      const forward = caseOf({ y: [y, scales.y, twoSides], hLast: [hLast, scales.hLast, twoSides] });
      const { y: actual, hLast: last } = selectiveScan(input);
      expect(failuresOf(forward, { y: actual, hLast: last })).toEqual([]);

      const budgets = backwardScales(input, { dY }, 'strict') as Readonly<Record<string, Float64Array>>;
      const known = Object.entries(gradients).filter(
        (entry): entry is [string, Float64Array] => entry[1] !== undefined,
      );
      const backward = caseOf(
        Object.fromEntries(known.map(([name, value]) => [name, [value, budgets[name]!, twoSides] as const])),
      );
      const ours = selectiveScanBackward(input, { dY }) as unknown as Record<string, Float64Array>;
      expect(failuresOf(backward, Object.fromEntries(known.map(([name]) => [name, ours[name]!])))).toEqual([]);
    }
  });
});

test.each(['mamba-a', 'mamba-b', 'mamba-c', 'falcon-a'])(
  'the logits of %s are within the budget of float64',
  async (name) => {
    const golden = await readGolden(name);
    const config = configOf(golden);
    const weights = weightsOf(golden, config);
    const { shape, data: all } = golden.tensors.get('input_ids')!;
    const ids = Array.from(all.subarray(0, shape[1]!));
    const { hidden } = mambaModelForward(config, weights, ids);
    const scale = linearScales(hidden, headWeight(config, weights), config.dModel);
    const value = golden.tensors.get('logits')!.data.slice(0, scale.length);
    const nudged = nudgedRuns(new Random(1), (nudge) => {
      const moved = nudgedWeights(weights, nudge);
      return { logits: mambaModelLogits(config, moved, mambaModelForward(config, moved, ids).hidden) };
    });
    const logits = nudged.map((run) => run.logits!.slice(0, scale.length));
    const one = caseOf({ logits: [value, conditioned(scale, value, logits), measuredFactors.logits.strict] });
    expect(failuresOf(one, { logits: mambaModelLogits(config, weights, hidden) })).toEqual([]);
  },
);
