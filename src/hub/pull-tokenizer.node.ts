/**
 * The tokenizer that goes with a config alone: for a folder that came without one, as state-spaces' do.
 */

import { writeRef } from './cached-model.node.ts';
import { fallbackTokenizer } from './fallback-tokenizer.ts';
import { HubError } from './hub-error.ts';
import { loadFiles } from './load-files.node.ts';
import type { HubOptions } from './options.node.ts';
import { openContext } from './options.node.ts';
import type { Tokenizer } from './tokenizer.node.ts';
import { cachedTokenizer, missingTokenizer } from './tokenizer.node.ts';

/**
 * Finds it in the cache, or pulls it.
 * @param config the text of a config.json
 * @returns undefined when no model is known whose tokenizer fits
 * @throws HubError (as a rejection) when it is not in the cache and cannot be pulled
 */
export async function pullTokenizer(config: string, options: HubOptions = {}): Promise<Tokenizer | undefined> {
  const id = fallbackTokenizer(config);
  if (id === undefined) return undefined;
  const context = await openContext(options);
  const { cache, offline } = context.settings;
  const cached = await cachedTokenizer(id, cache);
  if (cached !== undefined) return cached;
  if (offline)
    throw new HubError(
      'offline',
      `${id}: expected its tokenizer.json in ${cache}, it is not there; unset HF_HUB_OFFLINE`,
    );
  const missing = await missingTokenizer(config, new Set(), context);
  if (missing !== undefined) {
    await loadFiles(missing.files, context);
    await writeRef(cache, missing.repo, missing.commit);
  }
  return cachedTokenizer(id, cache);
}
