/**
 * The tokenizer in a GGUF file's metadata, keys `tokenizer.ggml.*`, as the text of a tokenizer.json: for a file that comes
 * alone. Only the kind that Mamba's models have: byte-level BPE whose words are cut by GPT-2's rule.
 */
import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { openGguf } from './gguf.ts';
import type { GgufValue } from './gguf-metadata.ts';

const keys = {
  tokens: 'tokenizer.ggml.tokens',
  types: 'tokenizer.ggml.token_type',
  merges: 'tokenizer.ggml.merges',
} as const;

/**
 * llama.cpp's names for pre-tokenizers with GPT-2's rule, and whether text is normalised to NFC before: it is in GPT-NeoX's
 * tokenizer, which its converter calls mpt or olmo.
 */
const preTokenizers: ReadonlyMap<GgufValue | undefined, boolean> = new Map<GgufValue | undefined, boolean>([
  ['gpt-2', false],
  ['mpt', true],
  ['olmo', true],
]);

/** Kinds of tokens: a control token means something to the model, one that a user has defined is plain text kept whole. */
const kinds = { normal: 1, control: 3, userDefined: 4, byte: 6 } as const;

/**
 * @returns undefined when the file has no tokenizer, or one of another kind
 * @throws CheckpointError (as a rejection) when its lists do not fit each other
 */
export async function ggufTokenizerJson(source: ByteSource): Promise<string | undefined> {
  const { metadata, lists } = await openGguf(source, new Set(Object.values(keys)));
  const nfc = preTokenizers.get(metadata.get('tokenizer.ggml.pre'));
  if (metadata.get('tokenizer.ggml.model') !== 'gpt2' || nfc === undefined) return undefined;
  const tokens = texts(lists.get(keys.tokens), source.name, keys.tokens);
  const merges = texts(lists.get(keys.merges), source.name, keys.merges);
  const types = lists.get(keys.types) ?? tokens.map(() => kinds.normal);
  if (types.length !== tokens.length) {
    const problem = `metadata "${keys.types}" expected ${tokens.length} kinds, one a token, got ${types.length}`;
    throw new CheckpointError({ file: source.name }, problem);
  }
  const vocab: Record<string, number> = Object.create(null);
  const added: { readonly id: number; readonly content: string; readonly special: boolean }[] = [];
  for (const [id, content] of tokens.entries()) {
    const kind = types[id];
    if (kind === kinds.normal || kind === kinds.byte) vocab[content] = id;
    else if (kind === kinds.control || kind === kinds.userDefined) {
      added.push({ id, content, special: kind === kinds.control });
    }
  }
  return JSON.stringify(definition(vocab, merges, added, nfc));
}

function definition(vocab: object, merges: readonly string[], added: readonly object[], nfc: boolean) {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    version: '1.0',
    ...{ truncation: null, padding: null },
    added_tokens: added.map((token) => ({ ...token, ...flags })),
    normalizer: nfc ? { type: 'NFC' } : null,
    ...{ pre_tokenizer: byteLevel, post_processor: byteLevel, decoder: byteLevel },
    model: { type: 'BPE', dropout: null, unk_token: null, fuse_unk: false, vocab, merges },
  };
}

function texts(list: readonly GgufValue[] | undefined, file: string, key: string): readonly string[] {
  if (list?.every((value) => typeof value === 'string')) return list;
  throw new CheckpointError({ file }, `metadata "${key}" expected a list of texts, got ${list ? 'others' : 'none'}`);
}
