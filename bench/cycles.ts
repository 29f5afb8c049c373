/**
 * Does anything leak? Loads the embedded model, generates, gives it back, a thousand times, and watches the memory.
 *
 *   node --expose-gc --import tsx bench/cycles.ts [CYCLES]
 */
import { load } from '../src/api/load.node.ts';

const cycles = Number(process.argv[2] ?? 1000);
const settled = Math.floor(cycles / 5);
const threads = 2;

async function cycle(): Promise<void> {
  const model = await load(undefined, { threads });
  for await (const _ of model.generate('A', { maxTokens: 2 }));
  model.dispose();
}

/** Resident bytes after the collector has run: the smallest of a few readings. */
async function resident(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
    least = Math.min(least, process.memoryUsage().rss);
  }
  return least;
}

console.log(`Node ${process.version}, ${threads} threads, ${cycles} cycles of load, generate, dispose`);
let before = 0;
for (let i = 1; i <= cycles; i++) {
  await cycle();
  if (i === settled) before = await resident();
  if (i % settled === 0) console.log(`after ${i}: ${((await resident()) / 2 ** 20).toFixed(1)} MiB resident`);
}
const after = await resident();
console.log(`drift from cycle ${settled} to ${cycles}: ${((100 * (after - before)) / before).toFixed(2)} %`);
