/**
 * A checkpoint's folder behind an address: config and tokenizer now, the address of the weights for later.
 */
import type { CheckpointConfig } from '../checkpoint/index.ts';
import { parseConfig } from '../checkpoint/index.ts';
import { packageRoot } from '../package-root.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { createTokenizer } from '../tokenizer.ts';
import { fetchText } from './fetch-source.ts';

export interface FetchedFolder extends CheckpointConfig {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  /** Of model.safetensors. */
  readonly weightsUrl: string;
}

/**
 * @param address of the folder; a relative one starts at the folder of this package
 * @throws CheckpointError (as a rejection) when a file is missing or not what it should be
 */
export async function fetchFolder(address: string, name?: string): Promise<FetchedFolder> {
  const folder = new URL(address.endsWith('/') ? address : `${address}/`, packageRoot);
  const shown = name ?? decodeURIComponent(folder.pathname.split('/').at(-2) ?? '');
  const parsed = parseConfig(await fetchText(new URL('config.json', folder), 'config.json'), 'config.json');
  const tokenizerJson = await fetchText(new URL('tokenizer.json', folder), 'tokenizer.json');
  const tokenizer = createTokenizer(tokenizerJson, `tokenizer.json of ${shown}`);
  return { ...parsed, name: shown, tokenizer, weightsUrl: new URL('model.safetensors', folder).href };
}
