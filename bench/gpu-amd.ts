/**
 * Writes into gpu/README.md what AMD's compiler makes of every kernel: `npx tsx bench/gpu-amd.ts`. Needs no AMD card and
 * executes nothing; with names of kernels it prints their numbers for every family instead.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { kernelShaders } from '../test/gpu/amd/kernel-shaders.ts';
import type { Family, Statistics } from '../test/gpu/amd/statistics.ts';
import { amdStatistics, familyNames } from '../test/gpu/amd/statistics.ts';
import { missingTools } from '../test/gpu/amd/tools.ts';

const readme = new URL('../gpu/README.md', import.meta.url);
const [begin, end] = ['<!-- bench/gpu-amd.ts begins -->', '<!-- bench/gpu-amd.ts ends -->'];

const missing = missingTools();
if (missing.length > 0) throw new Error(`expected ${missing.join(', ')} to be installed`);
const all = await amdStatistics(await kernelShaders());
const wanted = process.argv.slice(2);
if (wanted.length > 0) console.table(all.filter(({ kernel }) => wanted.includes(kernel)));
else write(table());

/** One row a kernel: registers and waves on each family, and what RDNA 2 needs of code and time. */
function table(): string {
  const most = new Map(familyNames.map((family) => [family, mostWaves(family)]));
  const header = [
    'kernel',
    ...familyNames.map((family) => `${family} (${most.get(family)})`),
    ...['code, bytes', 'latency, cycles', 'busy, cycles'],
  ];
  const kernels = [...new Set(all.map(({ kernel }) => kernel))].sort();
  const rows = kernels.map((kernel) => {
    const of = (family: Family) => all.find((one) => one.kernel === kernel && one.family === family)!;
    const { codeBytes, latency, cycles } = of('RDNA 2');
    const registers = familyNames.map((family) => `${of(family).vgprs} · ${of(family).waves}`);
    return [`\`${kernel}\``, ...registers, ...[codeBytes, latency, cycles].map((n) => n.toLocaleString('en'))];
  });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function mostWaves(family: Family): number {
  return Math.max(...all.filter((one: Statistics) => one.family === family).map(({ waves }) => waves));
}

function write(text: string): void {
  const old = readFileSync(readme, 'utf8');
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`gpu/README.md expected the lines "${begin}" and "${end}"`);
  writeFileSync(readme, `${old.slice(0, from + begin.length)}\n\n${text}\n\n${old.slice(to)}`);
}
