/**
 * What fusion buys: the selective scan in one pass against the same scan through memory (Ā and B̄x stored, scanned, read),
 * by size of the state. Bytes are counted from the operands, milliseconds measured, in turns; and a chart.
 *
 *   npx tsx bench/fusion.ts [THREADS]
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { SelectiveScanInput } from '../src/reference/selective-scan-input.ts';
import { createWasmBackend } from '../src/wasm/backend.ts';
import { nodeHost } from '../src/wasm/host.node.ts';
import { KernelOperands } from '../src/wasm/kernel-operands.ts';
import { placeSelectiveScan } from '../src/wasm/selective-scan-kernel.ts';
import { drawFusion } from './draw-fusion.ts';

export interface FusionRow {
  readonly dState: number;
  readonly form: 'fused' | 'unfused';
  readonly megabytes: number;
  readonly milliseconds: number;
}

const threads = Number(process.argv[2] ?? nodeHost.parallelism);
const [seqLen, dInner] = [512, 768];
const noise = (i: number) => ((Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 24) * 2 - 1;
const numbers = (length: number, f: (i: number) => number) => Float32Array.from({ length }, (_, i) => f(i));

function problem(dState: number): SelectiveScanInput {
  return {
    ...{ seqLen, dInner, dState, deltaSoftplus: true },
    x: numbers(seqLen * dInner, noise),
    delta: numbers(seqLen * dInner, (i) => noise(i) - 4),
    z: numbers(seqLen * dInner, (i) => noise(i + 5)),
    A: numbers(dInner * dState, (i) => -(1 + (i % dState))),
    B: numbers(seqLen * dState, (i) => noise(i + 7)),
    C: numbers(seqLen * dState, (i) => noise(i + 9)),
    D: numbers(dInner, () => 1),
  };
}

/**
 * Numbers that go through memory. Both read x, Δ and z and write y once; the unfused form reads x and Δ in one pass more,
 * writes Ā and B̄x, reads both, writes h in the place of B̄x, and reads that.
 */
function bytesMoved(form: FusionRow['form'], dState: number): number {
  const rows = 4 * seqLen * dInner;
  return form === 'fused' ? 4 * rows : 5 * rows + 5 * rows * dState;
}

async function measure(dState: number): Promise<FusionRow[]> {
  const backend = await createWasmBackend(nodeHost, { threads });
  const { machine } = backend;
  const input = problem(dState);
  const forms = (['fused', 'unfused'] as const).map((form) => {
    const operands = new KernelOperands(machine.heap);
    let read = (): { readonly y: Float32Array } => ({ y: new Float32Array() });
    const recording = backend.record(() => {
      read = placeSelectiveScan(input, form === 'unfused')(operands, (name, args, units) =>
        machine.program.push(name, args, { units, grain: Math.ceil(units / (8 * machine.threads)) }),
      );
    });
    return { form, recording, y: () => read().y, milliseconds: [] as number[] };
  });
  for (let run = 0; run < 12; run++) {
    for (const { recording, milliseconds } of forms) {
      backend.replay(recording);
      const start = performance.now();
      await backend.settle();
      if (run >= 3) milliseconds.push(performance.now() - start);
    }
    const [fused, unfused] = forms.map(({ y }) => y()) as [Float32Array, Float32Array];
    if (run === 0 && !fused.every((value, i) => value === unfused[i])) throw new Error('the two forms differ');
  }
  backend.dispose();
  return forms.map(({ form, milliseconds }) => ({
    ...{ dState, form, megabytes: bytesMoved(form, dState) / 1e6 },
    milliseconds: milliseconds.toSorted((a, b) => a - b)[milliseconds.length >> 1]!,
  }));
}

console.log(`${cpus()[0]!.model}, Node ${process.version}, ${threads} threads, seqLen ${seqLen}, dInner ${dInner}\n`);
console.log(
  '| dState | fused MB | unfused MB | fused ms | unfused ms | ratio |\n| ---: | ---: | ---: | ---: | ---: | ---: |',
);
const rows: FusionRow[] = [];
for (const dState of [4, 8, 16, 32, 64]) {
  const [fused, unfused] = (await measure(dState)) as [FusionRow, FusionRow];
  rows.push(fused, unfused);
  const times = `${fused.milliseconds.toFixed(2)} | ${unfused.milliseconds.toFixed(2)}`;
  const ratio = (unfused.milliseconds / fused.milliseconds).toFixed(2);
  console.log(`| ${dState} | ${fused.megabytes.toFixed(1)} | ${unfused.megabytes.toFixed(1)} | ${times} | ${ratio} |`);
}
writeFileSync(new URL('./charts/fusion.svg', import.meta.url), drawFusion(rows));
