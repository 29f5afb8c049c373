/**
 * mamba-ts against llama.cpp on this machine: the same random model, the same threads, one after the other in turns.
 *
 *   npx tsx bench/peers/compare.ts [ROUNDS] [130m|370m|790m|1.4b]
 *
 * Installs node-llama-cpp (bench/peers/package.json) the first time. Prints medians over the rounds and their ratio.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isShapeName, namedConfig } from '../../src/engine/named-shapes.ts';
import { randomWeights } from '../../src/engine/random-weights.ts';
import type { GgufType } from './write-gguf.ts';
import { writeGguf } from './write-gguf.ts';

interface Rates {
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const [rounds = '3', shape = '130m'] = process.argv.slice(2);
const lengths = { prompt: 512, gen: 64 };
const pairs: readonly (readonly [ours: string, theirs: GgufType])[] = [
  ['f32', 'f32'],
  ['bf16', 'f16'],
  ['q8_0', 'q8_0'],
];

if (!isShapeName(shape)) throw new Error(`expected a shape such as 130m, got ${shape}`);
const threads = cpus().length;
const config = namedConfig(shape);
if (!existsSync(join(here, 'node_modules'))) execFileSync('npm', ['install', '--no-package-lock'], { cwd: here });
const folder = mkdtempSync(join(tmpdir(), 'mamba-peers-'));
try {
  console.log(`${cpus()[0]!.model}, ${threads} threads, Node ${process.version}, ${shape}, ${JSON.stringify(lengths)}`);
  for (const [ours, theirs] of pairs) await compare(ours, theirs);
} finally {
  rmSync(folder, { recursive: true });
}

async function compare(ours: string, theirs: GgufType): Promise<void> {
  const file = join(folder, `${theirs}.gguf`);
  await writeGguf(file, config, randomWeights(config), theirs);
  const results: { ours: Rates[]; theirs: Rates[] } = { ours: [], theirs: [] };
  for (let round = 0; round < Number(rounds); round++) {
    results.theirs.push(run([join(here, 'llama.mjs'), file, ...[lengths.prompt, lengths.gen, threads, 3].map(String)]));
    const bench = ['bench', '--json', '--random', shape, '--dtype', ours, '--threads', String(threads)];
    results.ours.push(
      run([main, ...bench, '--prompt-length', String(lengths.prompt), '--gen-length', String(lengths.gen)]),
    );
  }
  rmSync(file);
  for (const rate of ['prefillTokensPerSecond', 'decodeTokensPerSecond'] as const) {
    const [a, b] = [results.ours, results.theirs].map((runs) => median(runs.map((one) => one[rate]))) as [
      number,
      number,
    ];
    const name = rate === 'prefillTokensPerSecond' ? 'prefill' : 'decode';
    console.log(
      `${name.padEnd(8)} mamba-ts ${ours} ${a.toFixed(1)}  llama.cpp ${theirs} ${b.toFixed(1)}  ratio ${(a / b).toFixed(2)}`,
    );
  }
}

function run(args: readonly string[]): Rates {
  const out = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(out.trim().split('\n').at(-1)!) as Rates;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
