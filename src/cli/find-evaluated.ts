/**
 * What `--model-name` names, whole: found as `--model` is.
 */
import type { FoundModel } from '../api/find-model.node.ts';
import { findModel } from './find-model.ts';

const other = '--model ';

/** @throws Error as {@link findModel} does, of this flag */
export async function findEvaluated(spec: string, signal: AbortSignal): Promise<FoundModel> {
  try {
    return await findModel(spec, signal);
  } catch (cause) {
    if (!(cause instanceof Error && cause.message.startsWith(other))) throw cause;
    throw new Error(`--model-name ${cause.message.slice(other.length)}`, { cause });
  }
}
