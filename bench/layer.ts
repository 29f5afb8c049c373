/**
 * Where the time of a layer goes: each operation of all layers of a named shape, one kind after the other.
 *
 *   npx tsx bench/layer.ts [SHAPE [DTYPE [THREADS [eager|flash [BEFORE]]]]]
 *
 * One row and 512 rows are one sequence, eight rows are eight sequences of one token; in a GPT-Neo after BEFORE others (0).
 */
import type { AttentionMethod, WeightDtype } from '../src/engine/backend.ts';
import { architectureOf } from '../src/engine/model-architecture.ts';
import type { ShapeName } from '../src/engine/named-shapes.ts';
import { isGptNeoShapeName, namedConfig, namedGptNeoConfig } from '../src/engine/named-shapes.ts';
import { randomWeights } from '../src/engine/random-weights.ts';
import { loadStage } from '../src/engine/stage.ts';
import { createWasmBackend } from '../src/wasm/backend.ts';
import { nodeHost } from '../src/wasm/host.node.ts';
import { operations } from '../src/wasm/operations.ts';

const [shape = '130m', dtype = 'f32', threads = String(nodeHost.parallelism), attention, before] =
  process.argv.slice(2);
const config = isGptNeoShapeName(shape) ? namedGptNeoConfig(shape) : namedConfig(shape as ShapeName);
const architecture = architectureOf(config, { attention: attention as AttentionMethod | undefined });
const backend = await createWasmBackend(nodeHost, { threads: Number(threads) });
const stagePlan = { backend, from: 0, to: config.nLayer };
const sizes = { sequences: 8, rows: 512, dtype: dtype as WeightDtype };
const stage = await loadStage(stagePlan, architecture, randomWeights(config), sizes, { onNumbers: () => {} });
const words = 32; // of an operation's record
const nameOf = (opcode: number) => Object.entries(operations).find(([, layout]) => layout.opcode === opcode)![0];

/** Records of every layer for so many rows, and which rows each sequence has. */
function recordLayers(rows: number): Uint32Array[] {
  const eight = rows === sizes.sequences;
  const ends = Array.from({ length: sizes.sequences }, (_, s) => (eight ? [s, s + 1] : s === 0 ? [0, rows] : [0, 0]));
  backend.write(stage.bounds, Uint32Array.from(ends.flat()));
  stage.run.place?.(new Uint32Array(sizes.sequences).fill(Number(before ?? 0)), new Uint32Array(rows));
  const layout = { rows, sequences: sizes.sequences, bounds: stage.bounds };
  return Array.from(
    { length: config.nLayer },
    (_, i) => backend.record(() => stage.run.enqueueLayer(i, layout)).records,
  );
}

/** Milliseconds of each operation, and at last of all: the least of the runs, since what disturbs a run only adds. */
async function timeRows(rows: number): Promise<{ readonly name: string; readonly least: number }[]> {
  const layers = recordLayers(rows);
  const count = layers[0]!.length / words;
  const least = new Array<number>(count + 1).fill(Infinity);
  for (let run = 0; run < (rows > 64 ? 8 : 60); run++) {
    for (let k = 0; k <= count; k++) {
      for (const all of layers) {
        const records = k === count ? all : all.slice(k * words, (k + 1) * words);
        backend.replay({ records, operations: records.length / words } as ReturnType<typeof backend.record>);
      }
      const start = performance.now();
      await backend.settle();
      least[k] = Math.min(least[k]!, performance.now() - start);
    }
  }
  return least.map((ms, k) => ({ name: k === count ? 'all' : nameOf(layers[0]![k * words]!), least: ms }));
}

const counts = [1, 8, 512];
const columns: Awaited<ReturnType<typeof timeRows>>[] = [];
for (const rows of counts) columns.push(await timeRows(rows));
console.log(`${shape} ${dtype}, ${config.nLayer} layers, ${backend.device}, milliseconds\n`);
console.log(`| operation | ${counts.map((rows) => `${rows} rows`).join(' | ')} |\n| --- | ---: | ---: | ---: |`);
for (const [k, { name }] of columns[0]!.entries()) {
  console.log(`| ${name} | ${columns.map((column) => column[k]!.least.toFixed(2)).join(' | ')} |`);
}
backend.dispose();
