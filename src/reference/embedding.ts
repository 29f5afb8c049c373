/**
 * The embedding: token ids to rows of a table.
 */
import { expectShape, expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

export interface EmbeddingDims {
  readonly vocabSize: number;
  readonly dModel: number;
}

/**
 * x[t] = weight[ids[t]]
 *
 * @param ids token ids in [0, vocabSize)
 * @param weight (vocabSize, dModel)
 * @returns x (seqLen, dModel)
 * @throws RangeError for an id that is not a row of the table, or when a length does not fit
 */
export function embedding(dims: EmbeddingDims, ids: ArrayLike<number>, weight: Floats): Float64Array {
  const { vocabSize, dModel } = checkEmbedding(dims);
  expectShape('weight', weight, { vocabSize, dModel });
  const x = new Float64Array(ids.length * dModel);
  for (let t = 0; t < ids.length; t++) {
    const id = expectId(`ids[${t}]`, ids[t]!, vocabSize);
    x.set(weight.subarray(id * dModel, (id + 1) * dModel), t * dModel);
  }
  return x;
}

/**
 * dWeight[i] = Σ over the tokens with ids[t] = i of dX[t]
 *
 * @param dX (seqLen, dModel)
 * @returns dWeight (vocabSize, dModel)
 */
export function embeddingBackward(dims: EmbeddingDims, ids: ArrayLike<number>, dX: Floats): Float64Array {
  const { vocabSize, dModel } = checkEmbedding(dims);
  expectShape('dX', dX, { seqLen: ids.length, dModel });
  const dWeight = new Float64Array(vocabSize * dModel);
  for (let t = 0; t < ids.length; t++) {
    const id = expectId(`ids[${t}]`, ids[t]!, vocabSize);
    for (let j = 0; j < dModel; j++) dWeight[id * dModel + j]! += dX[t * dModel + j]!;
  }
  return dWeight;
}

/** @throws RangeError unless id is an integer in [0, vocabSize) */
export function expectId(name: string, id: number, vocabSize: number): number {
  if (!(Number.isInteger(id) && id >= 0 && id < vocabSize)) {
    throw new RangeError(`"${name}" expected a token id in [0, ${vocabSize}), got ${id}`);
  }
  return id;
}

function checkEmbedding(dims: EmbeddingDims): EmbeddingDims {
  expectSize('vocabSize', dims.vocabSize);
  expectSize('dModel', dims.dModel);
  return dims;
}
