/**
 * Charts as files beside a sweep's results.
 */
import { UnsupportedError } from '../engine/errors.ts';
import type { Chart } from '../evaluate/charts.ts';
import { drawChart } from '../evaluate/draw-chart.ts';
import { writeNote } from './output.ts';
import { writeWhole } from './sweep-folder.ts';

/** Writes an SVG a chart that has points; without the packages that draw, says so. */
export async function writeCharts(folder: string, charts: readonly Chart[]): Promise<void> {
  try {
    for (const chart of charts) {
      if (chart.series.every(({ points }) => points.length === 0)) continue;
      writeNote(await writeWhole(folder, `${chart.file}.svg`, await drawChart(chart)));
    }
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    writeNote(error.message);
  }
}
