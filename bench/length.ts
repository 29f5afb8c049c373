/**
 * Linear in length: prompts of 1,024 … 65,536 tokens read by the engine, the memory that takes, and the speed of decoding
 * after 100 and after 100,000 tokens. Embedded model, float32, and a chart.
 *
 *   npx tsx bench/length.ts
 */

import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { load } from '../src/api/load.node.ts';
import { expectMambaState } from '../src/generation/model-state.ts';
import { drawLength } from './draw-length.ts';

export interface LengthRow {
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** Bytes of cells and weights, and of the whole process. */
  readonly engineBytes: number;
  readonly residentBytes: number;
}

const lengths = [1024, 4096, 16384, 65536];
const repeats = 3;
const model = await load(undefined, { dtype: 'f32' });
const engine = model.engine!;
const textOf = (length: number) => Array.from({ length }, (_, t) => 97 + ((t * 7919) % 26));
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Verified first: the state after a long text is what the same text in two pieces gives. */
async function verify(): Promise<void> {
  const ids = textOf(5000);
  engine.reset();
  await engine.read([ids]);
  const whole = expectMambaState(await engine.state());
  engine.reset();
  await engine.read([ids.slice(0, 1234)]);
  await engine.read([ids.slice(1234)]);
  const pieces = expectMambaState(await engine.state());
  const same = whole.layers.every((layer, i) => layer.h.every((h, j) => h === pieces.layers[i]!.h[j]));
  if (!same) throw new Error('the state of a text in pieces differs from that of the whole');
}

async function secondsToRead(ids: readonly number[]): Promise<number> {
  engine.reset();
  const start = performance.now();
  await engine.read([ids]);
  return (performance.now() - start) / 1000;
}

async function decodeRate(after: number): Promise<number> {
  engine.reset();
  await engine.read([textOf(after)]);
  const rates: number[] = [];
  for (let run = 0; run < 5; run++) {
    const start = performance.now();
    for (let i = 0; i < 200; i++) await engine.read([[100 + (i % 20)]]);
    rates.push(200 / ((performance.now() - start) / 1000));
  }
  return median(rates);
}

await verify();
console.log(`${cpus()[0]!.model}, Node ${process.version}, ${model.model.device}\n`);
console.log('| tokens | tokens/s | engine MiB | process MiB |\n| ---: | ---: | ---: | ---: |');
// All lengths in turn, so that a machine that changes its mood does so for all of them.
const seconds = new Map(lengths.map((length) => [length, [] as number[]]));
const resident = new Map<number, number>();
for (let run = 0; run < repeats; run++) {
  for (const length of lengths) {
    seconds.get(length)!.push(await secondsToRead(textOf(length)));
    resident.set(length, process.memoryUsage().rss);
  }
}
const rows = lengths.map(
  (tokens): LengthRow => ({
    tokens,
    tokensPerSecond: tokens / median(seconds.get(tokens)!),
    engineBytes: engine.residentBytes,
    residentBytes: resident.get(tokens)!,
  }),
);
const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
for (const row of rows) {
  console.log(
    `| ${row.tokens} | ${row.tokensPerSecond.toFixed(0)} | ${mib(row.engineBytes)} | ${mib(row.residentBytes)} |`,
  );
}
const [soon, late] = [await decodeRate(100), await decodeRate(100_000)];
console.log(
  `\ndecode: ${soon.toFixed(0)} tokens/s after 100 tokens, ${late.toFixed(0)} after 100,000: ratio ${(late / soon).toFixed(3)}`,
);
console.log(
  `prefill at 65,536 against 1,024: ratio ${(rows.at(-1)!.tokensPerSecond / rows[0]!.tokensPerSecond).toFixed(3)}`,
);
writeFileSync(new URL('./charts/length.svg', import.meta.url), drawLength(rows));
model.dispose();
