/**
 * A checkpoint's folder behind an address: config and tokenizer now, the address of the weights for later.
 */
import type { CheckpointConfig } from '../checkpoint/index.ts';
import {
  CheckpointError,
  expectMamba,
  ggufConfig,
  ggufTokenizerJson,
  isGgufName,
  openGguf,
  parseModelConfig,
  weightFiles,
  weightFilesText,
} from '../checkpoint/index.ts';
import { packageRoot } from '../package-root.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { createTokenizer } from '../tokenizer.ts';
import { fetchSource, fetchText, isThere } from './fetch-source.ts';

export interface FetchedFolder extends CheckpointConfig {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  /** Of the file that has the weights, or lists the files that do. */
  readonly weightsUrl: string;
}

export interface FetchFolderOptions {
  readonly name?: string | undefined;
  /** The name of a file in the folder; default: the first there is of `weightFiles`. */
  readonly weights?: string | undefined;
  /** The address of tokenizer.json; default: in the folder. */
  readonly tokenizer?: string | undefined;
}

/**
 * @param address of the folder; a relative one starts at the folder of this package
 * @throws CheckpointError (as a rejection) when a file is missing or not what it should be
 */
export async function fetchFolder(address: string, options: FetchFolderOptions = {}): Promise<FetchedFolder> {
  const folder = new URL(address.endsWith('/') ? address : `${address}/`, packageRoot);
  const name = options.name ?? decodeURIComponent(folder.pathname.split('/').at(-2) ?? '');
  const parsed = await fetchConfig(folder, options.weights);
  const weights = options.weights ?? (await findWeights(folder, name));
  const weightsUrl = new URL(encodeURIComponent(weights), folder).href;
  const tokenizerJson = await fetchTokenizer(folder, weights, options.tokenizer);
  const tokenizer = createTokenizer(tokenizerJson, `tokenizer.json of ${name}`);
  return { ...parsed, name, tokenizer, weightsUrl };
}

/** From elsewhere when it is asked for; the folder's own; that of a file of GGUF. */
async function fetchTokenizer(folder: URL, weights: string, elsewhere: string | undefined): Promise<string> {
  const url = elsewhere === undefined ? new URL('tokenizer.json', folder) : new URL(elsewhere, packageRoot);
  if (elsewhere === undefined && isGgufName(weights) && !(await isThere(url))) {
    const own = await ggufTokenizerJson(await fetchSource(new URL(encodeURIComponent(weights), folder), weights));
    if (own !== undefined) return own;
  }
  return fetchText(url, 'tokenizer.json');
}

async function findWeights(folder: URL, name: string): Promise<string> {
  for (const file of weightFiles) if (await isThere(new URL(file, folder))) return file;
  throw new CheckpointError({ file: name }, `expected ${weightFilesText}, got none; name the file if it is GGUF`);
}

/** From config.json; where there is none, from the metadata of a file of GGUF. */
async function fetchConfig(folder: URL, weights: string | undefined): Promise<CheckpointConfig> {
  const url = new URL('config.json', folder);
  if (weights !== undefined && isGgufName(weights) && !(await isThere(url))) {
    return ggufConfig(await openGguf(await fetchSource(new URL(encodeURIComponent(weights), folder), weights)));
  }
  const parsed = parseModelConfig(await fetchText(url, 'config.json'), 'config.json');
  return expectMamba(parsed, 'config.json', 'runs in browsers');
}
