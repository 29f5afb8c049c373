import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortName } from '../../src/evaluate/short-name.ts';

test('a name that has room stays, a longer one keeps both ends and has exactly the room', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.integer({ min: 3, max: 30 }), (name, most) => {
      const [short, letters] = [[...shortName(name, most)], [...name]];
      if (letters.length <= most) expect(short.join('')).toBe(name);
      else {
        expect(short.length).toBe(most);
        const cut = short.findIndex((letter, i) => letter === '…' && i === Math.floor((most - 1) / 2));
        expect(letters.slice(0, cut)).toEqual(short.slice(0, cut));
        expect(letters.slice(cut + 1 - most)).toEqual(short.slice(cut + 1));
      }
    }),
  );
});
