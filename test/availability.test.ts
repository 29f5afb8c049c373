/**
 * The table that says what ran, and what REQUIRE makes of it.
 */
import { expect, test } from 'vitest';
import { availabilityTable, missingOf } from './availability.ts';

const notes = [
  { backend: 'wasm simd', operation: 'linear', cases: 30 },
  { backend: 'wasm simd', operation: 'linear', cases: 12 },
  { backend: 'wasm simd', operation: 'embed', cases: 30 },
  { backend: 'wasm relaxed', operation: 'linear', cases: 0, absent: 'refused' },
];

test('problems are added up, what did not run is a dash with its reason', () => {
  expect(availabilityTable(notes).split('\n')).toEqual([
    'problems run  wasm simd  wasm relaxed',
    'linear        42         –',
    'embed         30         –',
    '– wasm relaxed: refused',
  ]);
});

test('a required backend owes every operation that any backend ran, and itself when nothing ran', () => {
  expect(missingOf('wasm simd', notes)).toEqual([]);
  expect(missingOf('wasm relaxed', notes)).toEqual(['wasm relaxed: linear', 'wasm relaxed: embed']);
  expect(missingOf('webgl', [])).toEqual(['webgl']);
});
