/**
 * The blog's two charts once more: its times as it printed them, and its memory as it follows from the two configs.
 *
 * Source of the times: ROCm blogs, "Mamba on AMD GPUs with ROCm", the output of its sweep on an MI210.
 */
import { blogBatches, blogCapacity, blogLengths, blogRow } from '../src/evaluate/as-blog.ts';
import type { Chart, ChartSeries } from '../src/evaluate/charts.ts';
import { drawChart } from '../src/evaluate/draw-chart.ts';
import { namedShape } from '../src/evaluate/model-shape.ts';

const x = { label: 'batch size', scale: 'log' } as const;
const outOfMemory = (batches: readonly number[]) => batches.map((batch) => ({ x: batch, why: 'out of memory' }));

const mambaSeconds = [12.12, 13.27, 13.78, 15.56, 18.57, 25.87, 42.82, 75.77];
const gptNeoSeconds = [24.99, 24.87, 27.61, 38.54, 65.94]; // then an OutOfMemoryError

export function drawBlogTime(): Promise<string> {
  const pointsOf = (seconds: readonly number[]) => seconds.map((y, i) => ({ x: blogBatches[i]!, y }));
  return drawChart({
    ...{ file: 'blog-time', title: "Inference time of the blog's sweep", x, y: { label: 'seconds', scale: 'log' } },
    series: [
      { name: 'Mamba-2.8B', kind: 'mamba', points: pointsOf(mambaSeconds), ends: [] },
      {
        ...{ name: 'GPT-Neo-2.7B', kind: 'gpt-neo', points: pointsOf(gptNeoSeconds) },
        ends: outOfMemory(blogBatches.slice(gptNeoSeconds.length)),
      },
    ],
    note: '1,024 + 1,024 tokens a row, float16, FlashAttention-2, on an AMD MI210: as the blog printed them, not measured here',
  });
}

export function drawBlogMemory(): Promise<string> {
  const chart: Chart = {
    ...{ file: 'blog-memory', title: "Memory of the blog's sweep", x, y: { label: 'GiB', scale: 'linear' } },
    series: [estimated('Mamba-2.8B', '2.8b'), estimated('GPT-Neo-2.7B', 'gpt-neo-2.7b')],
    note: 'from the two configs (mamba-ts estimate --as blog); 112 MiB of a Mamba are fitted. Rounded: what the blog printed',
  };
  return drawChart(chart);
}

function estimated(name: string, shapeName: string): ChartSeries {
  const shape = namedShape(shapeName)!;
  const rows = blogBatches.map((batch) => blogRow(shape, { batch, ...blogLengths }, blogCapacity));
  const fitting = rows.filter(({ outcome }) => outcome === 'fits');
  return {
    ...{ name, kind: shape.kind, points: fitting.map(({ batch, bytes }) => ({ x: batch, y: bytes / 2 ** 30 })) },
    ends: outOfMemory(rows.slice(fitting.length).map(({ batch }) => batch)),
  };
}
