import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawBlelloch } from '../docs/draw-blelloch.ts';
import { drawBlock } from '../docs/draw-block.ts';
import { drawBlogMemory, drawBlogTime } from '../docs/draw-blog.ts';

test.each([
  ['blelloch.svg', drawBlelloch],
  ['block.svg', drawBlock],
  ['blog-memory.svg', drawBlogMemory],
  ['blog-time.svg', drawBlogTime],
])('docs/pictures/%s is what `npm run pictures` draws', async (name, draw) => {
  expect(readFileSync(new URL(`../docs/pictures/${name}`, import.meta.url), 'utf8')).toBe(await draw());
});
