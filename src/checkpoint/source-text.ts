/**
 * A whole source as text.
 */
import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './checkpoint-error.ts';

/** @throws CheckpointError (as a rejection) when it is no UTF-8 */
export async function readSourceText(source: ByteSource): Promise<string> {
  const bytes = await source.read(0, source.size);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CheckpointError({ file: source.name, cause }, 'expected text in UTF-8, got bytes that are not');
  }
}
