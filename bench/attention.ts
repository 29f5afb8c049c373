/**
 * Attention alone, on the shape of a layer of GPT-Neo-125M: eager against flash, global and local, and one token against a
 * full cache. The two are compared with each other before they are timed, then timed alternating.
 *
 *   npx tsx bench/attention.ts [THREADS]
 */
import { cpus } from 'node:os';
import type { AttentionMethod, Cell } from '../src/engine/backend.ts';
import { viewOf } from '../src/engine/backend.ts';
import { keysLength, valuesLength } from '../src/engine/cache-layout.ts';
import { createWasmBackend } from '../src/wasm/backend.ts';
import { nodeHost } from '../src/wasm/host.node.ts';

const threads = Number(process.argv[2] ?? nodeHost.parallelism);
const [nHead, headDim, capacity, chunk, window] = [12, 64, 2048, 512, 256];
const hidden = nHead * headDim;
const backend = await createWasmBackend(nodeHost, { threads });
const noise = (i: number) => ((Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 24) * 2 - 1;
const cell = (name: string, length: number, from = 0): Cell => {
  const made = backend.floats(name, length);
  backend.write(
    made,
    Float32Array.from({ length }, (_, i) => noise(i + from)),
  );
  return made;
};
const [q, k, v, out] = ['q', 'k', 'v', 'out'].map((name, i) => cell(name, chunk * hidden, 7777 * i)) as Cell[];
const sizes = { nHead, headDim, capacity };
const [keys, values] = [cell('keys', keysLength(sizes)), cell('values', valuesLength(sizes), 99)];
const scores = backend.floats('scores', nHead * chunk * capacity);
const starts = backend.integers('starts', 1);
const bounds = backend.integers('bounds', 2);

async function attend(method: AttentionMethod, start: number, rows: number, local: boolean): Promise<number> {
  backend.write(starts, Uint32Array.of(start));
  backend.write(bounds, Uint32Array.of(0, rows));
  backend.attention({
    ...{ method, out: viewOf(out!, hidden), q: viewOf(q!, hidden), k: viewOf(k!, hidden), v: viewOf(v!, hidden) },
    ...{ keys, values, starts, bounds, scores, sequences: 1, rows, ...sizes, window: local ? window : undefined },
  });
  const before = performance.now();
  await backend.settle();
  return performance.now() - before;
}

/** Milliseconds for a text of so many tokens, chunk by chunk; or for one token after so many. */
async function run(method: AttentionMethod, tokens: number, local: boolean, oneToken: boolean): Promise<number> {
  if (oneToken) return attend(method, tokens - 1, 1, local);
  let total = 0;
  for (let start = 0; start < tokens; start += chunk)
    total += await attend(method, start, Math.min(chunk, tokens - start), local);
  return total;
}

async function expectSame(tokens: number, local: boolean): Promise<void> {
  await run('eager', tokens, local, false);
  const eager = await backend.read(out!);
  await run('flash', tokens, local, false);
  const flash = await backend.read(out!);
  const worst = eager.reduce((most, x, i) => Math.max(most, Math.abs(x - flash[i]!)), 0);
  if (!(worst <= 1e-5)) throw new Error(`eager and flash expected within 1e-5 of each other, got ${worst}`);
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

console.log(`${cpus()[0]!.model}, Node ${process.version}, ${backend.device}`);
console.log(
  '\n| tokens | layer | what | eager, ms | flash, ms | eager/flash |\n| ---: | --- | --- | ---: | ---: | ---: |',
);
for (const tokens of [512, 1024, 2048]) {
  for (const local of [false, true]) {
    await expectSame(tokens, local);
    for (const oneToken of [false, true]) {
      const times: Record<AttentionMethod, number[]> = { eager: [], flash: [] };
      for (let i = 0; i < (oneToken ? 200 : 12); i++) {
        for (const method of ['eager', 'flash'] as const)
          times[method].push(await run(method, tokens, local, oneToken));
      }
      const [eager, flash] = [median(times.eager), median(times.flash)];
      const row = [
        tokens,
        local ? 'local' : 'global',
        oneToken ? 'the last token' : 'all',
        eager.toFixed(2),
        flash.toFixed(2),
      ];
      console.log(`| ${row.join(' | ')} | ${(eager / flash).toFixed(2)} |`);
    }
  }
}
backend.dispose();
