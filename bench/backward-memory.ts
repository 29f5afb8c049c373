/**
 * What recomputation buys: memory of the two backward passes of the selective scan, by sequence length.
 *
 *   npx tsx bench/backward-memory.ts
 *
 * Each point runs in a process of its own, so that the peaks do not mix. First the two forms are checked against each
 * other, then measured. "beyond the operands" is the peak resident memory above that of a process which only holds
 * the operands and the gradients, which both forms must.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { selectiveScanBackward, selectiveScanBackwardRecomputing } from '../src/reference/selective-scan-backward.ts';
import { drawMemory } from './draw-memory.ts';

const dims = { dInner: 32, dState: 64 };
const lengths = [1024, 2048, 4096, 8192, 16384];
const forms = ['storing', 'recomputing'] as const;
type Form = (typeof forms)[number];

export interface MemoryPoint {
  readonly form: Form;
  readonly seqLen: number;
  readonly states: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

const [role, form, length] = process.argv.slice(2);
if (role === 'measure') measure(form as Form | 'neither', Number(length));
else report();

function report(): void {
  const points = lengths.flatMap((seqLen) => {
    const [neither, ...both] = ['neither', ...forms].map((name) => spawnMeasure(name, seqLen));
    return forms.map((name, i): MemoryPoint => {
      const { peak, milliseconds } = both[i]!;
      return { form: name, seqLen, states: states(name, seqLen), bytes: peak - neither!.peak, milliseconds };
    });
  });
  console.log(`Node ${process.version}, ${cpus()[0]!.model}, float64, dInner ${dims.dInner}, dState ${dims.dState}\n`);
  console.log('| tokens | form | states kept | beyond the operands | ms |');
  console.log('| ---: | --- | ---: | ---: | ---: |');
  for (const point of points) {
    const mib = `${(point.bytes / 2 ** 20).toFixed(1)} MiB`;
    console.log(`| ${point.seqLen} | ${point.form} | ${point.states} | ${mib} | ${point.milliseconds.toFixed(0)} |`);
  }
  writeFileSync(new URL('./charts/backward-memory.svg', import.meta.url), drawMemory(points));
}

/** States (dInner, dState) alive at once: one a token; or one a chunk and those of the chunk being walked. */
function states(name: Form, seqLen: number): number {
  const chunk = chunkOf(seqLen);
  return name === 'storing' ? seqLen : Math.ceil(seqLen / chunk) + chunk;
}

function chunkOf(seqLen: number): number {
  return Math.round(Math.sqrt(seqLen));
}

function spawnMeasure(name: string, seqLen: number): { peak: number; milliseconds: number } {
  const script = fileURLToPath(import.meta.url);
  const args = ['--import', 'tsx', '--expose-gc', script, 'measure', name, String(seqLen)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

function measure(name: Form | 'neither', seqLen: number): void {
  verify();
  const { input, dY } = problem(seqLen);
  let held: ArrayLike<number> = dY;
  globalThis.gc?.();
  const start = performance.now();
  if (name === 'storing') held = selectiveScanBackward(input, { dY }).dX;
  else if (name === 'recomputing') held = selectiveScanBackwardRecomputing(input, { dY }, chunkOf(seqLen)).dX;
  else holdGradients(seqLen);
  const milliseconds = performance.now() - start;
  console.log(JSON.stringify({ peak: process.resourceUsage().maxRSS * 1024, milliseconds, held: held.length }));
}

/** As much as the gradients take, touched, so that it counts as resident. */
function holdGradients(seqLen: number): void {
  const { dInner, dState } = dims;
  const gradients = [3 * seqLen * dInner, 2 * seqLen * dState].map((size) => new Float64Array(size).fill(1));
  if (gradients.length !== 2) throw new RangeError('not held');
}

function verify(): void {
  const { input, dY } = problem(50);
  const stored = selectiveScanBackward(input, { dY });
  const recomputed = selectiveScanBackwardRecomputing(input, { dY }, 7);
  for (const key of ['dX', 'dA', 'dB', 'dH0'] as const) {
    if (!stored[key].every((v, i) => v === recomputed[key][i])) throw new Error(`the two forms differ in ${key}`);
  }
}

function problem(seqLen: number) {
  const { dInner, dState } = dims;
  const wave = (size: number, phase: number) => Float64Array.from({ length: size }, (_, i) => Math.sin(i + phase));
  const input = {
    ...{ seqLen, dInner, dState, deltaSoftplus: true },
    x: wave(seqLen * dInner, 1),
    delta: wave(seqLen * dInner, 2),
    A: wave(dInner * dState, 3).map((a) => -1 - Math.abs(a)),
    B: wave(seqLen * dState, 4),
    C: wave(seqLen * dState, 5),
  };
  return { input, dY: wave(seqLen * dInner, 6) };
}
