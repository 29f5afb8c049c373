/**
 * The ids of a long text, with turns of the event loop in between: Ctrl-C and a page's frames come through.
 */
import type { Tokenizer } from '../tokenizer.ts';
import { nextTurn } from './next-turn.ts';

export interface EncodeOptions {
  /** Stops between two pieces: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every piece with the characters encoded so far and in all. */
  readonly onEncode?: ((done: number, total: number) => void) | undefined;
}

/** What the spelling of a special token in a text means, "<|endoftext|>" say: that token, or by default its characters. */
export interface SpecialTokens {
  readonly specialTokens?: boolean | undefined;
}

/** Characters between two turns: some 30 ms (measured: 2 s a megabyte). */
const pieceLength = 2 ** 14;

/**
 * Law: the ids are `tokenizer.encode(text, { specialTokens })`. A text the tokenizer knows no safe cut in is encoded in one piece.
 * @throws TokenizerError like `encode`
 */
export async function encodeInTurns(
  tokenizer: Tokenizer,
  text: string,
  { signal, onEncode, specialTokens = false }: EncodeOptions & SpecialTokens = {},
): Promise<number[]> {
  const ids: number[] = [];
  let done = 0;
  for (const piece of tokenizer.pieces(text, pieceLength)) {
    if (done > 0) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    for (const id of tokenizer.encode(piece, { specialTokens })) ids.push(id);
    done += piece.length;
    onEncode?.(done, text.length);
  }
  return ids;
}
