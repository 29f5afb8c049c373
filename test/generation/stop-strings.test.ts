import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStopFilter } from '../../src/generation/stop-strings.ts';

const letters = (maxLength: number, minLength = 0) =>
  fc.array(fc.constantFrom('a', 'b'), { maxLength, minLength }).map((list) => list.join(''));

/** Everything before the earliest place where a stop string begins. */
function cutByDefinition(text: string, stops: readonly string[]): string {
  const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  return places.length === 0 ? text : text.slice(0, Math.min(...places));
}

test('however the text is cut into pieces, what is shown ends before the first stop string that is complete', () => {
  fc.assert(
    fc.property(fc.array(letters(4), { maxLength: 12 }), fc.array(letters(4, 1), { maxLength: 3 }), (pieces, stops) => {
      const filter = createStopFilter(stops);
      let shown = '';
      let seen = '';
      for (const piece of pieces) {
        if (filter.stopped) break;
        shown += filter.push(piece);
        seen += piece;
        expect(cutByDefinition(seen, stops).startsWith(shown)).toBe(true);
      }
      if (!filter.stopped) shown += filter.end();
      expect(shown).toBe(cutByDefinition(seen, stops));
      expect(filter.stopped).toBe(cutByDefinition(seen, stops) !== seen);
    }),
  );
});

test('after a stop string nothing more is shown', () => {
  const filter = createStopFilter(['END']);
  expect([filter.push('so E'), filter.push('N'), filter.push('D of it'), filter.push('more'), filter.end()]).toEqual([
    ...['so ', '', '', '', ''],
  ]);
});

test('what is no list of strings of at least one character is refused by name', () => {
  const wrong: [unknown, Error][] = [
    [['a', ''], new RangeError('"stop[1]" expected at least one character, got ""')],
    ['END', new TypeError('"stop" expected a list of strings, got "END"')],
    ['', new TypeError('"stop" expected a list of strings, got ""')],
    [null, new TypeError('"stop" expected a list of strings, got null')],
    [['a', 3], new TypeError('"stop[1]" expected a string, got 3')],
  ];
  for (const [stops, error] of wrong) expect(() => createStopFilter(stops as string[])).toThrow(error);
});
