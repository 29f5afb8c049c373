/**
 * What `--model` or an argument names, with a bar while it comes from the hub.
 */
import type { FoundModel } from '../api/find-model.node.ts';
import { findModel as find, NoModelError } from '../api/find-model.node.ts';
import { createPullProgress, watchPull } from './pull-progress.ts';

/**
 * @param what the option or argument that names it, for people
 * @throws Error with one line: there is nothing of that name, or it cannot be had from the hub
 */
export async function findModel(spec: string, signal?: AbortSignal, what = '--model'): Promise<FoundModel> {
  const progress = createPullProgress();
  try {
    return await find(spec, { signal, ...watchPull(progress) });
  } catch (cause) {
    if (!(cause instanceof NoModelError)) throw cause;
    throw new Error(`${what} ${cause.message}`, { cause });
  } finally {
    progress.clear();
  }
}
