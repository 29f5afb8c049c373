/**
 * `mamba-ts vectors export`: inputs, expected values and their budgets as safetensors, with a manifest.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { drawVectors } from '../api/drawn-vectors.ts';
import type { Layout } from '../oracle/index.ts';
import { layouts, vectorFiles } from '../oracle/index.ts';
import { InterruptedError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import { loadEmbedded } from './load-embedded.ts';
import { integerIn, numberOption } from './number-option.ts';
import { writeResult } from './output.ts';

interface ExportFlags {
  readonly size: 'small' | 'full';
  readonly seed: number;
  readonly layout: Layout;
  readonly json?: boolean;
}

export function exportVectorsCommand(interrupt: Interrupt): Command {
  return new Command('export')
    .description(
      'Write inputs.safetensors, expected.safetensors and manifest.json. The same bytes for the same options.',
    )
    .argument('<folder>', 'where to; made if need be, its old vectors replaced')
    .addOption(
      new Option('--size <size>', 'full: lengths around every power of two')
        .choices(['small', 'full'])
        .default('small'),
    )
    .addOption(numberOption('--seed', 'n', 'another draw of all numbers', integerIn(0, 2 ** 31)).default(0))
    .addOption(
      new Option('--layout <layout>', 'order of axes: ours has time first, upstream last')
        .choices(layouts)
        .default('ours'),
    )
    .option('--json', 'print one JSON object')
    .action((folder: string, flags: ExportFlags) => exportVectors(folder, flags, interrupt));
}

async function exportVectors(folder: string, flags: ExportFlags, interrupt: Interrupt): Promise<void> {
  const signal = interrupt.takeSignal();
  const { seed, size, layout, json } = flags;
  const { cases } = await drawVectors(await loadEmbedded(), signal, { seed, size }).catch((error: unknown) => {
    throw signal.aborted ? new InterruptedError() : error;
  });
  const files = await vectorFiles(cases, { seed, size, layout });
  if (signal.aborted) throw new InterruptedError();
  await writeFiles(folder, files);
  const bytes = Array.from(files.values()).reduce((sum, file) => sum + file.length, 0);
  const report = { folder, seed, size, layout, cases: cases.length, bytes };
  await writeResult(json ? `${JSON.stringify(report)}\n` : `${folder}: ${cases.length} cases, ${bytes} bytes\n`);
}

async function writeFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`expected a folder to write vectors to, got ${JSON.stringify(folder)}: ${why}`, { cause });
  }
}
