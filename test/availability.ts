/**
 * Which backend ran which operation how often, or why not: a table at the end of every test run.
 *
 * Tests leave a note in `task.meta.availability`. REQUIRE=wasm,… makes the run fail when a required backend did not run
 * every operation that any backend ran, but for those that it does not have at all ({@link dashes}).
 */
import type { Reporter, TestModule } from 'vitest/node';

/** What one test has to say about one backend and one operation. */
export interface Availability {
  /** `wasm simd`, `webgl2` … */
  readonly backend: string;
  readonly operation: string;
  /** Problems that ran. */
  readonly cases: number;
  /** Why none ran. */
  readonly absent?: string;
  /** What it ran on, and how. */
  readonly device?: string;
}

declare module 'vitest' {
  interface TaskMeta {
    availability?: Availability;
  }
}

/**
 * What each name in REQUIRE stands for. Relaxed SIMD is no part of it: Node 20 has it behind a flag. Chromium, AMD's
 * compiler and the files of published tokenizers are no backends: the tests that need them ask for them.
 */
const required: Readonly<Record<string, readonly string[]>> = {
  wasm: ['wasm simd', 'wasm simd-threads'],
  chromium: [],
  amd: [],
  tokenizers: [],
  python3: [],
  torch: [],
  cc: [],
};

/** Operations that a backend does not have: a dash in the table, and no failure. */
const dashes: Readonly<Record<string, RegExp>> = {
  scanChunked: /^wasm/,
  selectiveScanBackward: /^(headlessgl|webgl2?|webgpu)$/,
  // A Transformer's; GPUs run Mamba only.
  embedAdd: /^(headlessgl|webgl2?|webgpu)$/,
  layerNorm: /^(headlessgl|webgl2?|webgpu)$/,
  gelu: /^(headlessgl|webgl2?|webgpu)$/,
  attention: /^(headlessgl|webgl2?|webgpu)$/,
};

export class AvailabilityReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const notes = modules
      .flatMap((module) => [...module.children.allTests()])
      .map((test) => test.meta().availability)
      .filter((note) => note !== undefined);
    const wanted = (process.env.REQUIRE ?? '').split(',').filter((name) => name !== '');
    const missing = wanted.flatMap((name) => required[name] ?? [name]).flatMap((backend) => missingOf(backend, notes));
    if (notes.length > 0) process.stdout.write(`\n${availabilityTable(notes)}\n`);
    if (missing.length === 0) return;
    process.stderr.write(`\nREQUIRE=${wanted.join(',')}: did not run: ${missing.join(' · ')}\n`);
    process.exitCode = 1;
  }
}

/** Operations that the backend owes, as `wasm simd: linear`; all of it when no backend ran anything. */
export function missingOf(backend: string, notes: readonly Availability[]): readonly string[] {
  const operations = [...new Set(notes.map((note) => note.operation))];
  if (operations.length === 0) return [backend];
  return operations
    .filter((operation) => !dashes[operation]?.test(backend))
    .filter((operation) => !(casesOf(notes, backend, operation) > 0))
    .map((operation) => `${backend}: ${operation}`);
}

/** Backends across, operations downwards; what they ran on and reasons for absences below. */
export function availabilityTable(notes: readonly Availability[]): string {
  const backends = [...new Set(notes.map((note) => note.backend))];
  const operations = [...new Set(notes.map((note) => note.operation))];
  const cell = (backend: string, operation: string) => String(casesOf(notes, backend, operation) || '–');
  const rows = operations.map((operation) => [operation, ...backends.map((backend) => cell(backend, operation))]);
  const header = ['problems run', ...backends];
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  const devices = notes.map(({ backend, device }) => device && `  ${backend}: ${device}`);
  const reasons = notes.map(({ backend, absent }) => absent && `– ${backend}: ${absent}`);
  const remarks = [...new Set([...devices, ...reasons])].filter((remark) => remark !== undefined);
  return [...[header, ...rows].map(line), ...remarks].join('\n');
}

function casesOf(notes: readonly Availability[], backend: string, operation: string): number {
  const of = notes.filter((note) => note.backend === backend && note.operation === operation);
  return of.reduce((sum, { cases }) => sum + cases, 0);
}
