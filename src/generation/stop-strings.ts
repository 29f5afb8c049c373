/**
 * Stop strings: text is shown up to the first of them, and nothing is shown that might still become one.
 */

export interface StopFilter {
  /** Takes text and returns what may be shown of it; after a stop string has come, nothing more. */
  push(text: string): string;
  /** What was held back when no more text comes. */
  end(): string;
  readonly stopped: boolean;
}

/**
 * Law: however the text is cut into pieces, what is shown is the text up to the earliest place where a stop string
 * begins, or all of it.
 * @throws TypeError unless `stops` is a list of strings, RangeError for an empty one, which would stop everything
 */
export function createStopFilter(stops: readonly string[]): StopFilter {
  expectStops(stops);
  let held = '';
  let stopped = false;
  return {
    get stopped() {
      return stopped;
    },
    push(text) {
      if (stopped) return '';
      held += text;
      const places = stops.map((stop) => held.indexOf(stop)).filter((place) => place >= 0);
      stopped = places.length > 0;
      const shown = stopped ? Math.min(...places) : held.length - longestBeginning(held, stops);
      const out = held.slice(0, shown);
      held = stopped ? '' : held.slice(shown);
      return out;
    },
    end() {
      const out = held;
      held = '';
      return out;
    },
  };
}

/** Callers in JavaScript have no types to stop them; a string is a list of characters to them. */
function expectStops(stops: unknown): void {
  if (!Array.isArray(stops)) throw new TypeError(`"stop" expected a list of strings, got ${describe(stops)}`);
  for (const [i, stop] of stops.entries()) {
    if (typeof stop !== 'string') throw new TypeError(`"stop[${i}]" expected a string, got ${describe(stop)}`);
    if (stop === '') throw new RangeError(`"stop[${i}]" expected at least one character, got ""`);
  }
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** Length of the longest end of `text` with which a stop string begins. */
function longestBeginning(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(stop.slice(0, length))) longest = length;
    }
  }
  return longest;
}
