/**
 * What `--model` or an argument names, with a bar while it comes from the hub.
 */
import type { FoundModel } from '../api/find-model.node.ts';
import { findModel as find, NoModelError } from '../api/find-model.node.ts';
import { writeNote } from './output.ts';
import { createPullProgress, watchPull } from './pull-progress.ts';

export interface FindOptions {
  /** Sees config.json of the hub's model before its weights come. */
  readonly onConfig?: ((text: string) => void) | undefined;
  /** The option or argument that names it, for people. Default: --model. */
  readonly what?: string | undefined;
}

/**
 * @throws Error with one line: there is nothing of that name, or it cannot be had from the hub
 */
export async function findModel(
  spec: string,
  signal?: AbortSignal,
  { onConfig, what = '--model' }: FindOptions = {},
): Promise<FoundModel> {
  const progress = createPullProgress();
  try {
    const found = await find(spec, { signal, onConfig, ...watchPull(progress) });
    progress.clear();
    if (found.tokenizerId !== undefined)
      writeNote(`${spec} has no tokenizer.json: taking that of ${found.tokenizerId}`);
    return found;
  } catch (cause) {
    if (!(cause instanceof NoModelError)) throw cause;
    throw new Error(`${what} ${cause.message}`, { cause });
  } finally {
    progress.clear();
  }
}
