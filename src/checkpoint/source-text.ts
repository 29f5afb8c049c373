/**
 * A whole source as text.
 */
import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';

/** Most bytes of a config or a tokenizer: the largest tokenizers there are have some 30 MB. */
const longestText = 2 ** 28;

/** @throws CheckpointError (as a rejection) when it is no UTF-8, or larger than any config or tokenizer */
export async function readSourceText(source: ByteSource): Promise<string> {
  const { name: file, size } = source;
  if (size > longestText) {
    throw new CheckpointError({ file }, `expected a text of at most ${longestText} bytes, got ${size}`);
  }
  const bytes = await source.read(0, size);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CheckpointError({ file, cause }, 'expected text in UTF-8, got bytes that are not');
  }
}
