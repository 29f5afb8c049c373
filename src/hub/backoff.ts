/**
 * Waiting between attempts, and giving up.
 */
import { isTransient } from './hub-error.ts';
import { waitBefore } from './retry-after.ts';
import type { Timing } from './timing.ts';

export interface BackoffOptions {
  readonly timing: Timing;
  readonly signal: AbortSignal | undefined;
  readonly onRetry?: ((reason: Error, waitMs: number) => void) | undefined;
}

/** Resolves after so many milliseconds. @throws the signal's reason when it is aborted first */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Counts the attempts that brought nothing. */
export class Backoff {
  #failures = 0;
  readonly #options: BackoffOptions;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Something new came: the count starts again. */
  progressed(): void {
    this.#failures = 0;
  }

  /** Waits before the next attempt. @throws `error` itself, when it will not pass or has come too often */
  async failed(error: unknown): Promise<void> {
    const { timing, signal, onRetry } = this.#options;
    if (!isTransient(error) || this.#failures >= timing.retries) throw error;
    const wait = waitBefore(this.#failures++, error.retryAfterMs, timing, Math.random());
    if (signal?.aborted !== true) onRetry?.(error, wait);
    await pause(wait, signal);
  }
}

/** Repeats what fails for a passing reason. */
export async function withRetries<T>(attempt: () => Promise<T>, options: BackoffOptions): Promise<T> {
  const backoff = new Backoff(options);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await backoff.failed(error);
    }
  }
}
