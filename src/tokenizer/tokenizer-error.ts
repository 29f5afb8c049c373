/** A tokenizer.json that cannot be used, or not for this text. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
}
