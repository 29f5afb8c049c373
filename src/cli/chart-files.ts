/**
 * Charts as files beside a sweep's results.
 */
import { UnsupportedError } from '../engine/errors.ts';
import type { Chart } from '../evaluate/charts.ts';
import { drawChart, loadDrawing } from '../evaluate/draw-chart.ts';
import { writeNote } from './output.ts';
import { writeWhole } from './sweep-folder.ts';

/** Asked before a sweep: whether the packages that draw are there. Where they are not, it says so. */
export async function canDraw(): Promise<boolean> {
  try {
    await loadDrawing();
    return true;
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    writeNote(error.message);
    return false;
  }
}

/** Writes an SVG a chart that has points. */
export async function writeCharts(folder: string, charts: readonly Chart[]): Promise<void> {
  for (const chart of charts) {
    if (chart.series.every(({ points }) => points.length === 0)) continue;
    writeNote(await writeWhole(folder, `${chart.file}.svg`, await drawChart(chart)));
  }
}
