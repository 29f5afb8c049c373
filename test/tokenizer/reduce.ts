/**
 * A tokenizer.json with few of its merges: small enough to come along, and otherwise the same tokenizer.
 */
import { createTokenizer } from '../../src/tokenizer.ts';

/** What changes in a byte-level BPE. */
export interface BpeDefinition {
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    /** Two tokens with a space between them, the first merge first. */
    readonly merges: readonly string[];
  };
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
}

/** Keeps single bytes, added tokens, the first `count` merges and all merges behind the tokens of `text`; numbers anew. */
export function reduce(definition: BpeDefinition, count: number, text: string): BpeDefinition {
  const { model, added_tokens } = definition;
  const kept = new Set(model.merges.slice(0, count).map(tokenOf));
  keepParts(definition, text, kept);

  const added = new Set(added_tokens.map(({ content }) => content));
  const tokens = Object.keys(model.vocab).filter((token) => token.length === 1 || kept.has(token) || added.has(token));
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const others = added_tokens.filter(({ content }) => !Object.hasOwn(vocab, content));
  return {
    ...definition,
    added_tokens: added_tokens.map((token) => ({
      ...token,
      id: vocab[token.content] ?? tokens.length + others.indexOf(token),
    })),
    model: { ...model, vocab, merges: model.merges.filter((merge) => kept.has(tokenOf(merge))) },
  };
}

/** The tokens of the text, their halves, the halves of these … */
function keepParts({ model, ...others }: BpeDefinition, text: string, kept: Set<string>): void {
  const halves = new Map(model.merges.map((merge) => [tokenOf(merge), merge.split(' ')]));
  const names = new Map(Object.entries(model.vocab).map(([token, id]) => [id, token]));
  const ids = createTokenizer(JSON.stringify({ model, ...others }), 'tokenizer.json').encode(text);
  const open = ids.flatMap((id) => names.get(id) ?? []);
  for (let token = open.pop(); token !== undefined; token = open.pop()) {
    const parts = halves.get(token);
    if (parts === undefined) continue;
    kept.add(token);
    open.push(...parts);
  }
}

function tokenOf(merge: string): string {
  return merge.replace(' ', '');
}
