/**
 * The tokenizers of published models. They are large and other people's, so they do not come along: $MAMBA_TOKENIZERS
 * names a folder with them, or they lie in shared/data beside the repository.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const beside = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const folder = process.env.MAMBA_TOKENIZERS ?? beside;

const names = ['gpt-neox-20b', 'gpt2'] as const;
export type TokenizerName = (typeof names)[number];

const missing = names.map((name) => `${name}.tokenizer.json`).filter((file) => !existsSync(join(folder, file)));

/** Why they cannot be read; undefined when they can. */
export const noTokenizerFiles =
  missing.length === 0
    ? undefined
    : `no ${missing.join(', no ')} in ${process.env.MAMBA_TOKENIZERS ?? '../shared/data'}; MAMBA_TOKENIZERS names their folder`;

export function readTokenizerFile(name: TokenizerName): string {
  return readFileSync(join(folder, `${name}.tokenizer.json`), 'utf8');
}
