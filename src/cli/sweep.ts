/**
 * `mamba-ts evaluate --sweep`: both models over batch sizes, a process a point, kept as it goes.
 */
import { availableParallelism, cpus } from 'node:os';
import { openGpuBackend } from '../api/open-gpu.ts';
import { chartsOf } from '../evaluate/charts.ts';
import { rememberedChart } from '../evaluate/remembered-chart.ts';
import { figureLines, loadedLines, loadingLine, sweepLine } from '../evaluate/script-lines.ts';
import type { SweepWork } from '../evaluate/sweep.ts';
import { runSweep } from '../evaluate/sweep.ts';
import type { PointResult, SweepRecord, SweepRow } from '../evaluate/sweep-record.ts';
import { terminalChart } from '../evaluate/terminal-chart.ts';
import { canDraw, writeCharts } from './chart-files.ts';
import { expectEvaluable } from './evaluate-backend.ts';
import { InterruptedError } from './exit.ts';
import { findModel } from './find-model.ts';
import type { Interrupt } from './interrupt.ts';
import { availableMemory, machineMemory } from './machine-memory.ts';
import { writeNote, writeResult } from './output.ts';
import { resultOfError } from './point-result.ts';
import { runPoint } from './run-point.ts';
import type { SweepBar } from './sweep-bar.ts';
import { sweepBar } from './sweep-bar.ts';
import type { SweepFolder } from './sweep-folder.ts';
import { openSweepFolder, saveSweep } from './sweep-folder.ts';
import type { NamedModel, SweepFlags } from './sweep-options.ts';
import { pointArgs, sweepModels } from './sweep-options.ts';
import { sweepSettings } from './sweep-settings.ts';

export async function sweep(flags: SweepFlags, interrupt: Interrupt): Promise<void> {
  const signal = interrupt.takeSignal();
  const { out } = flags;
  const settings = sweepSettings(flags);
  let folder: SweepFolder | undefined;
  try {
    folder = out === undefined ? undefined : await openSweepFolder(out, settings);
    const models = await sweepModels(flags, signal);
    await expectBackend(models, flags);
    const drawn = out !== undefined && (await canDraw());
    const recordOf = (rows: readonly SweepRow[]): SweepRecord => ({ version: 1, settings, machine: machine(), rows });
    const bar = sweepBar(flags, models);
    const work: SweepWork = {
      ...{ models, batches: flags.sweep, settings },
      room: () => Math.min(flags.memoryLimit ?? machineMemory(), availableMemory()),
      runPoint: (model, batch) => runNamed(model as NamedModel, batch, flags, { signal, bar }),
      save: async (rows) => (out === undefined ? undefined : saveSweep(out, recordOf(rows))),
      onBatch: (batch) => print(flags, [sweepLine(batch)]),
      async onRow(row, kept) {
        bar.finish(row);
        await print(flags, rowLines(row, kept));
      },
    };
    const record = recordOf(await runSweep(work, folder?.before?.rows));
    bar.clear();
    await report(record, models, { ...flags, drawn });
  } catch (error) {
    if (!signal.aborted) throw error;
    if (out !== undefined) writeNote(`interrupted; finished points are kept in ${out}, and the same command goes on`);
    throw new InterruptedError();
  } finally {
    await folder?.close();
  }
}

/** Found out once, before the start, instead of in a row a point. */
async function expectBackend(models: readonly NamedModel[], { backend }: SweepFlags): Promise<void> {
  for (const { shape, name } of models) expectEvaluable(shape, backend, name);
  if (backend === 'headlessgl') (await openGpuBackend(backend)).dispose();
}

type ReportFlags = SweepFlags & { readonly drawn: boolean };

async function report(record: SweepRecord, models: readonly NamedModel[], flags: ReportFlags): Promise<void> {
  const charts = [...chartsOf(record), rememberedChart(models)];
  // First the files: whoever reads stdout may close it.
  if (flags.out !== undefined && flags.drawn) await writeCharts(flags.out, charts);
  if (flags.json) await writeResult(`${JSON.stringify(record)}\n`);
  else await writeResult(charts.map((chart) => `\n${terminalChart(chart, process.stdout.columns ?? 80)}`).join(''));
}

function machine(): SweepRecord['machine'] {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown';
  return { cpu, parallelism: availableParallelism(), memoryBytes: machineMemory(), node: process.version };
}

async function print({ json }: SweepFlags, lines: readonly string[]): Promise<void> {
  if (!json) await writeResult(`${lines.join('\n')}\n`);
}

/** The script's lines of a point; where it has ended without a measurement, why. */
function rowLines(row: SweepRow, kept: boolean): readonly string[] {
  if (row.status !== 'measured') return [loadingLine(row.model), `${row.status}: ${row.reason}`];
  if (kept) writeNote(`${row.model}, batch ${row.batch}: kept from an earlier run`);
  const { measurement } = row;
  return [loadingLine(row.model), ...loadedLines(measurement), ...figureLines(measurement)];
}

interface PointRun {
  readonly signal: AbortSignal;
  readonly bar: SweepBar;
}

/**
 * Whatever is to be loaded from the hub is loaded here first, where its bar is seen. A model that cannot be had is a row
 * with its reason, and the sweep goes on.
 */
async function runNamed(model: NamedModel, batch: number, flags: SweepFlags, run: PointRun): Promise<PointResult> {
  const { signal, bar } = run;
  try {
    if (!model.random) await findModel(model.spec, signal, { what: '--model-name' });
  } catch (error) {
    if (signal.aborted) throw error;
    return resultOfError(error);
  }
  const limitBytes = flags.memoryLimit ?? machineMemory();
  bar.begin(model.name, batch);
  const onProgress = (done: number, total: number) => bar.update(done / total);
  return runPoint(pointArgs(model, batch, sweepSettings(flags)), { limitBytes, signal, onProgress });
}
