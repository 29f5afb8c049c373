import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawBlelloch } from '../docs/draw-blelloch.ts';
import { drawBlock } from '../docs/draw-block.ts';

test.each([
  ['blelloch.svg', drawBlelloch],
  ['block.svg', drawBlock],
])('docs/pictures/%s is what `npm run pictures` draws', (name, draw) => {
  expect(readFileSync(new URL(`../docs/pictures/${name}`, import.meta.url), 'utf8')).toBe(draw());
});
