/**
 * Writes the README's pictures: `npm run pictures`. A test checks that they are up to date.
 */
import { writeFileSync } from 'node:fs';
import { drawBlelloch } from './draw-blelloch.ts';
import { drawBlock } from './draw-block.ts';
import { drawBlogMemory, drawBlogTime } from './draw-blog.ts';
import { drawRemembered, drawSweeps } from './draw-sweeps.ts';

const pictures = {
  ...{ 'blelloch.svg': drawBlelloch(), 'block.svg': drawBlock() },
  ...{ 'blog-memory.svg': await drawBlogMemory(), 'blog-time.svg': await drawBlogTime() },
  ...{ 'remembered.svg': await drawRemembered(), ...(await drawSweeps()) },
};
for (const [name, svg] of Object.entries(pictures)) {
  writeFileSync(new URL(`./pictures/${name}`, import.meta.url), svg);
  console.log(`docs/pictures/${name}`);
}
