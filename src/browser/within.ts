/**
 * Patience with an end.
 */
import { UnsupportedError } from '../engine/errors.ts';

/** @throws UnsupportedError saying `otherwise` when the work takes longer */
export async function within<T>(milliseconds: number, work: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnsupportedError(otherwise)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
