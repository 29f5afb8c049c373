/**
 * embed: rows of a table in any dtype, widened, in which nothing rounds; and embedAdd, which adds them to what is there.
 */
import type { WeightDtype } from '../../engine/backend.ts';
import { embedding } from '../../reference/embedding.ts';
import type { Expected, Operation, Problem } from '../operation.ts';
import { magnitudesOf } from '../operation.ts';
import { roundWeights } from '../rounding.ts';
import { weightDtypes } from './linear.ts';

export interface EmbedProblem extends Problem {
  readonly rows: number;
  readonly vocabSize: number;
  readonly dModel: number;
  readonly dtype: WeightDtype;
  readonly ids: Uint32Array; // (rows)
  readonly weight: Float32Array; // (vocabSize, dModel), before it is rounded to the dtype
}

export const embed: Operation<EmbedProblem> = {
  draw(random, most) {
    const dtype = random.pick(weightDtypes);
    const rows = random.size(most);
    const vocabSize = random.size(most, 1);
    const dModel = dtype === 'q8_0' ? 32 * random.integer(0, Math.ceil(most / 16)) : random.size(2 * most);
    const weight = random.floats(vocabSize * dModel);
    const ids = random.indices(rows, vocabSize);
    return { rows, vocabSize, dModel, dtype, ids, weight, gaps: random.gaps('out') };
  },

  truth(problem) {
    const { rows, dModel, ids, weight, dtype } = problem;
    return [
      { name: 'out', shape: { t: rows, i: dModel }, value: embedding(problem, ids, roundWeights(weight, dtype)) },
    ];
  },
};

export interface EmbedAddProblem extends EmbedProblem {
  readonly old: Float32Array; // (rows, dModel)
}

export const embedAdd: Operation<EmbedAddProblem> = {
  draw(random, most) {
    const problem = embed.draw(random, most);
    return { ...problem, old: random.floats(problem.rows * problem.dModel) };
  },

  truth(problem, arithmetic) {
    const [{ value, ...rest }] = embed.truth(problem, arithmetic) as [Expected];
    const sum = Float64Array.from(value, (v, i) => v + problem.old[i]!);
    return [{ ...rest, value: sum, scale: magnitudesOf(sum) }];
  },
};
