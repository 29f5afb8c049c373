/**
 * The charts of measured sweeps: docs/sweeps/NAME.json is the sweep.json of `mamba-ts evaluate --sweep … --out FOLDER`, and
 * becomes NAME-time.svg, NAME-memory.svg and NAME-throughput.svg. And what one sequence makes each model remember, for which
 * nothing needs to be measured.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chartsOf } from '../src/evaluate/charts.ts';
import { drawChart } from '../src/evaluate/draw-chart.ts';
import { namedShape } from '../src/evaluate/model-shape.ts';
import { rememberedChart } from '../src/evaluate/remembered-chart.ts';
import type { SweepRecord } from '../src/evaluate/sweep-record.ts';

const folder = new URL('./sweeps/', import.meta.url);

/** Pictures by their files' names. */
export async function drawSweeps(): Promise<Readonly<Record<string, string>>> {
  const pictures: Record<string, string> = {};
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const record = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as SweepRecord;
    for (const chart of chartsOf(record)) {
      pictures[`${file.replace(/\.json$/, '')}-${chart.file}.svg`] = await drawChart(chart);
    }
  }
  return pictures;
}

export function drawRemembered(): Promise<string> {
  const models = [
    ['mamba-130m', '130m'],
    ['gpt-neo-125m', 'gpt-neo-125m'],
  ] as const;
  return drawChart(rememberedChart(models.map(([name, shape]) => ({ name, shape: namedShape(shape)! }))));
}
