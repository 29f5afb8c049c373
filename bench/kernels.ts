/**
 * The WebAssembly kernels one by one, on the shapes of mamba-130m: verified against the reference, then timed.
 *
 *   npx tsx bench/kernels.ts [THREADS]
 *
 * With a C compiler at hand it also says how fast the machine itself reads memory, and what share of that one token's
 * matrix–vector product reaches.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WeightDtype } from '../src/engine/backend.ts';
import { viewOf } from '../src/engine/backend.ts';
import { bytesPerNumber, weightDtypes } from '../src/engine/resident-bytes.ts';
import { linear } from '../src/reference/linear.ts';
import { selectiveScan } from '../src/reference/selective-scan.ts';
import { createWasmBackend } from '../src/wasm/backend.ts';
import { nodeHost } from '../src/wasm/host.node.ts';

const threads = Number(process.argv[2] ?? nodeHost.parallelism);
const backend = await createWasmBackend(nodeHost, { threads });
const numbers = (length: number, f: (i: number) => number) => Float32Array.from({ length }, (_, i) => f(i));
const noise = (i: number) => ((Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 24) * 2 - 1;

/** Median seconds of a run, after half a second of warm-up. */
async function time(enqueue: () => void): Promise<number> {
  const seconds: number[] = [];
  const start = performance.now();
  while (seconds.length < 9 || performance.now() - start < 1500) {
    enqueue();
    const before = performance.now();
    await backend.settle();
    if (before - start > 500) seconds.push((performance.now() - before) / 1000);
  }
  return seconds.toSorted((a, b) => a - b)[seconds.length >> 1]!;
}

function expectClose(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    if (!(error <= worst)) worst = error;
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  if (!(worst <= tolerance * scale)) throw new Error(`${what}: off by ${worst / scale} of the largest value`);
}

async function benchLinear(dtype: WeightDtype, rows: number, dIn: number, dOut: number): Promise<number> {
  const weight = backend.matrix('weight', dOut, dIn, dtype);
  const piece = numbers(dIn * 1024, noise);
  for (let row = 0; row < dOut; row += 1024) {
    backend.writeRows(weight, row, piece.subarray(0, dIn * Math.min(1024, dOut - row)));
    await backend.settle();
  }
  const x = backend.floats('x', rows * dIn);
  const out = backend.floats('out', rows * dOut);
  const input = numbers(rows * dIn, (i) => noise(3 * i));
  backend.write(x, input);
  const enqueue = () => backend.linear({ out: viewOf(out, dOut), x: viewOf(x, dIn), weight, rows });
  enqueue();
  const first = await backend.read(out, 0, 64);
  const expected = linear({ rows: 1, dIn, dOut: 64 }, input.slice(0, dIn), piece.slice(0, 64 * dIn));
  expectClose(`linear ${dtype}`, first, expected, { f32: 1e-5, bf16: 1e-2, f16: 2e-3, q8_0: 2e-2 }[dtype]);
  const seconds = await time(enqueue);
  for (const what of [weight, x, out]) backend.free(what);
  return seconds;
}

async function benchScan(rows: number, dInner: number, dState: number): Promise<number> {
  const operands = {
    x: numbers(rows * dInner, noise),
    delta: numbers(rows * dInner, (i) => noise(i) - 4),
    z: numbers(rows * dInner, (i) => noise(i + 5)),
    A: numbers(dInner * dState, (i) => -(1 + (i % dState))),
    B: numbers(rows * dState, (i) => noise(i + 7)),
    C: numbers(rows * dState, (i) => noise(i + 9)),
    D: numbers(dInner, () => 1),
    deltaBias: numbers(dInner, () => 0),
  };
  const cells = Object.fromEntries(
    Object.entries(operands).map(([name, data]) => {
      const cell = backend.floats(name, data.length);
      backend.write(cell, data);
      return [name, cell];
    }),
  ) as Record<keyof typeof operands, ReturnType<typeof backend.floats>>;
  const out = backend.floats('out', rows * dInner);
  const h = backend.floats('h', dInner * dState);
  const bounds = backend.integers('bounds', 2);
  backend.write(bounds, Uint32Array.of(0, rows));
  const { x, delta, z, A, B, C, D, deltaBias } = cells;
  const wide = (cell: typeof x) => viewOf(cell, dInner);
  const enqueue = () =>
    backend.selectiveScan({
      ...{ out: wide(out), x: wide(x), delta: wide(delta), z: wide(z), A, D, deltaBias, h, bounds },
      ...{ B: viewOf(B, dState), C: viewOf(C, dState), sequences: 1, rows, dInner, dState, groups: 1 },
      ...{ softplus: true, discretization: 'mamba' },
    });
  enqueue();
  const y = await backend.read(out);
  expectClose(
    'selectiveScan',
    y,
    selectiveScan({ seqLen: rows, dInner, dState, ...operands, deltaSoftplus: true }).y,
    1e-5,
  );
  return time(enqueue);
}

function nativeRead(): number | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'mamba-stream-'));
  try {
    const binary = join(folder, 'stream');
    const source = fileURLToPath(new URL('./stream.c', import.meta.url));
    execFileSync('gcc', ['-O3', '-march=native', '-ffast-math', '-pthread', source, '-o', binary], { stdio: 'ignore' });
    return Number(execFileSync(binary, [String(backend.machine.threads)], { encoding: 'utf8' }));
  } catch {
    return undefined; // no compiler
  } finally {
    rmSync(folder, { recursive: true });
  }
}

console.log(`${cpus()[0]!.model}, Node ${process.version}, ${backend.device}`);
const native = nativeRead();
console.log(native === undefined ? 'no C compiler: no native figure' : `native streaming read: ${native} GB/s`);
console.log('\n| linear | 1 token, GB/s | of native | 8 tokens, GFLOP/s | 512 × 768 × 3072, GFLOP/s |');
console.log('| --- | ---: | ---: | ---: | ---: |');
for (const dtype of weightDtypes) {
  const [dIn, dOut] = [768, 50280];
  const bandwidth = (dIn * dOut * bytesPerNumber[dtype]) / (await benchLinear(dtype, 1, dIn, dOut)) / 1e9;
  const eight = (2 * 8 * dIn * dOut) / (await benchLinear(dtype, 8, dIn, dOut)) / 1e9;
  const many = (2 * 512 * 768 * 3072) / (await benchLinear(dtype, 512, 768, 3072)) / 1e9;
  const share = native === undefined ? '–' : `${((100 * bandwidth) / native).toFixed(0)} %`;
  console.log(`| ${dtype} | ${bandwidth.toFixed(1)} | ${share} | ${eight.toFixed(1)} | ${many.toFixed(1)} |`);
}
const [rows, dInner, dState] = [512, 1536, 16];
const scan = await benchScan(rows, dInner, dState);
const updates = rows * dInner * dState;
console.log(
  `\nselectiveScan ${rows} × ${dInner} × ${dState}: ${(scan * 1e3).toFixed(2)} ms, ${((scan / updates) * 1e9).toFixed(2)} ns a state update`,
);
backend.dispose();
