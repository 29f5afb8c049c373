/**
 * The Rust tokenizers, which judge ours: npm's `tokenizers`, a native library that only tests need.
 */
import { Tokenizer } from 'tokenizers';
import type { Definition } from '../../src/tokenizer/definition.ts';

export interface RustTokenizer {
  encode(text: string, specialTokens: boolean): Promise<number[]>;
  decode(ids: number[]): Promise<string>;
}

/** Special tokens as text: a definition without them. (Its own switch for that is not in the package for Node.) */
export function createRustTokenizer(definition: Definition): RustTokenizer {
  const added = definition.added_tokens ?? [];
  const complete = Tokenizer.fromString(JSON.stringify(definition));
  const plain = Tokenizer.fromString(
    JSON.stringify({ ...definition, added_tokens: added.filter(({ special }) => special !== true) }),
  );
  return {
    async encode(text, specialTokens) {
      const encoding = await (specialTokens ? complete : plain).encode(text, null, { addSpecialTokens: false });
      return encoding.getIds();
    },
    decode: (ids) => complete.decode(ids, false),
  };
}
