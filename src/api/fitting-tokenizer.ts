/**
 * Whether a tokenizer and a model belong together.
 */
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import type { Tokenizer } from '../tokenizer.ts';

interface NamedModel {
  readonly name: string;
  readonly config: { readonly vocabSize: number };
}

/**
 * A model may have more rows than its tokenizer has tokens (padding), but not fewer.
 * @throws CheckpointError before the weights are read
 */
export function expectFittingTokenizer({ size }: Pick<Tokenizer, 'size'>, { name, config }: NamedModel): void {
  if (size <= config.vocabSize) return;
  const problem = `expected at most ${config.vocabSize} tokens, as the model has that many rows, got ${size}`;
  throw new CheckpointError({ file: `tokenizer.json of ${name}` }, `${problem}; take the model's own tokenizer`);
}
