/**
 * How long to wait before a request is repeated.
 */

/** Milliseconds a Retry-After header asks for: seconds, or a date. Undefined when it says neither. */
export function parseRetryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

export interface WaitRule {
  /** Before the first repetition; doubles every time. */
  readonly backoffMs: number;
  /** No wait is longer, whatever a server asks for. */
  readonly longestWaitMs: number;
}

/**
 * The wait before repetition n = 0, 1, …: what the server asked for, else backoffMs·2ⁿ; between half and all of that by
 * chance, so that many clients do not return together; at most longestWaitMs.
 * @param random in [0, 1)
 */
export function waitBefore(n: number, retryAfterMs: number | undefined, rule: WaitRule, random: number): number {
  const { backoffMs, longestWaitMs } = rule;
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, longestWaitMs);
  return Math.min(backoffMs * 2 ** n * (0.5 + random / 2), longestWaitMs);
}
