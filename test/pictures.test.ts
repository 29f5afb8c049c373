import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawBlelloch } from '../docs/draw-blelloch.ts';
import { drawBlock } from '../docs/draw-block.ts';
import { drawBlogMemory, drawBlogTime } from '../docs/draw-blog.ts';
import { drawRemembered, drawSweeps } from '../docs/draw-sweeps.ts';

const folder = new URL('../docs/pictures/', import.meta.url);

const drawings: readonly [name: string, draw: () => string | Promise<string>][] = [
  ['blelloch.svg', drawBlelloch],
  ['block.svg', drawBlock],
  ['blog-memory.svg', drawBlogMemory],
  ['blog-time.svg', drawBlogTime],
  ['remembered.svg', drawRemembered],
];

test.each(drawings)('docs/pictures/%s is what `npm run pictures` draws', async (name, draw) => {
  expect(readFileSync(new URL(name, folder), 'utf8')).toBe(await draw());
});

test('docs/pictures holds these and the charts of the sweeps in docs/sweeps as they are drawn, and nothing else', async () => {
  const sweeps = await drawSweeps();
  for (const [name, svg] of Object.entries(sweeps)) expect(readFileSync(new URL(name, folder), 'utf8')).toBe(svg);
  const names = [...drawings.map(([name]) => name), ...Object.keys(sweeps)];
  expect(readdirSync(folder).sort()).toEqual(names.sort());
});
