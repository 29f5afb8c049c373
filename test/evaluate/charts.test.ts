import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { chartsOf } from '../../src/evaluate/charts.ts';
import { drawChart } from '../../src/evaluate/draw-chart.ts';
import { namedShape } from '../../src/evaluate/model-shape.ts';
import { rememberedChart } from '../../src/evaluate/remembered-chart.ts';
import { scriptDefaults } from '../../src/evaluate/script-sampling.ts';
import type { SweepRecord, SweepRow } from '../../src/evaluate/sweep-record.ts';
import { terminalChart, valueText } from '../../src/evaluate/terminal-chart.ts';

function row(model: string, kind: SweepRow['kind'], batch: number, seconds: number | undefined): SweepRow {
  const point = { model, kind, batch, predictedBytes: 0, limitBytes: 0, sequenceBytes: 0 };
  if (seconds === undefined) return { ...point, status: 'out of memory', reason: 'killed' };
  const sizes = { batch, promptLength: 8, genLength: 8, parameters: 1, threads: 2, repeats: 3, attention: null };
  const where = { backend: 'wasm', device: 'none', dtype: 'f32' };
  const figures = { seconds, tokensPerSecond: (8 * batch) / seconds, peakMemoryBytes: batch * 1e9 };
  return { ...point, status: 'measured', measurement: { model, kind, ...sizes, ...where, ...figures } };
}

const record: SweepRecord = {
  version: 1,
  settings: {
    ...{ promptLength: 8, genLength: 8, backend: 'wasm', dtype: 'f32', threads: null, attention: 'sdpa' },
    ...{ localWindows: true, sampling: scriptDefaults },
  },
  machine: { cpu: 'A <CPU> & more', parallelism: 2, memoryBytes: 1e9, node: 'v20' },
  rows: [1, 2, 4].flatMap((batch) => [
    row('mamba <m>', 'mamba', batch, batch),
    row('neo', 'gpt-neo', batch, batch < 4 ? 4 * batch : undefined),
  ]),
};

const shapes = ['130m', 'gpt-neo-125m'].map((name) => ({ name, shape: namedShape(name)! }));
const all = [...chartsOf(record), rememberedChart(shapes)];

describe('charts of a sweep', () => {
  it('show time, memory and throughput, each measured point once, and where a model ends', () => {
    const [time, memory, throughput] = chartsOf(record);
    expect(time!.series.map(({ points }) => points.map(({ y }) => y))).toEqual([
      [1, 2, 4],
      [4, 8],
    ]);
    expect(memory!.series[0]!.points.map(({ y }) => y)).toEqual([1, 2, 4]);
    expect(throughput!.series[1]!.points.map(({ y }) => y)).toEqual([2, 2]);
    for (const { series } of chartsOf(record)) expect(series[1]!.ends).toEqual([{ x: 4, why: 'out of memory' }]);
  });

  it('a state is as large at any length, a KV cache in proportion to it, up to the last position', () => {
    const [mamba, gptNeo] = rememberedChart(shapes).series;
    expect(new Set(mamba!.points.map(({ y }) => y)).size).toBe(1);
    const perToken = gptNeo!.points.map(({ x, y }) => y / x);
    for (const rate of perToken) expect(Math.abs(rate / perToken[0]! - 1)).toBeLessThan(1e-15);
    expect([gptNeo!.points.at(-1)!.x, gptNeo!.ends]).toEqual([2048, [{ x: 4096, why: 'out of context' }]]);
  });
});

describe.each(all.map((chart) => [chart.file, chart] as const))('%s', (_, chart) => {
  const count = chart.series.reduce((sum, { points }) => sum + points.length, 0);
  const ended = chart.series.filter(({ ends }) => ends.length > 0).length;

  it('as SVG is well formed, names its axes and lines, and has a mark a point', async () => {
    const svg = await drawChart(chart);
    const { document } = parseHTML(svg);
    const texts = [...document.querySelectorAll('text')].map(({ textContent }) => textContent);
    for (const text of [`${chart.title}, ${chart.y.label}`, chart.x.label, ...chart.series.map(({ name }) => name)]) {
      expect(texts).toContain(text);
    }
    for (const { points } of chart.series) for (const { y } of points) expect(texts).toContain(valueText(y));
    expect(document.querySelectorAll('[aria-label="dot"] > *').length).toBe(count + ended);
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).not.toMatch(/NaN|undefined|<CPU>/);
  });

  it('in a terminal has a bar a point, as long as its value, and says why a line ends', () => {
    const lines = terminalChart(chart, 100).split('\n');
    const bars = lines.filter((line) => /[█▒]/.test(line));
    expect(bars.length).toBe(count);
    expect(lines.filter((line) => line.includes('× out of')).length).toBeGreaterThanOrEqual(ended);
    const lengths = bars.map((line) => line.match(/[█▒]/g)!.length);
    const values = bars.map((line) => Number(line.match(/[\d.,]+$/)![0].replace(',', '')));
    const unit = Math.max(...lengths) / Math.max(...values);
    for (const [i, value] of values.entries()) expect(Math.abs(lengths[i]! - value * unit)).toBeLessThanOrEqual(1.1);
    for (const line of lines.slice(1, -2)) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('two models of one kind, one with a long name', () => {
  const long = 'an-organisation-of-many-letters/a-model-of-as-many-letters-2.8b';
  const rows = [1, 2].flatMap((batch) => [row('a', 'mamba', batch, batch), row(long, 'mamba', batch, 2 * batch)]);
  const [chart] = chartsOf({ ...record, rows });

  it('have lines of two colours and dashes and points of two symbols', async () => {
    const { document } = parseHTML(await drawChart(chart!));
    const of = (selector: string, name: string) =>
      new Set([...document.querySelectorAll(selector)].map((mark) => mark.getAttribute(name)));
    expect(of('[aria-label="line"]', 'stroke').size).toBe(2);
    expect(of('[aria-label="line"]', 'stroke-dasharray').size).toBe(2);
    expect(of('[aria-label="dot"] > *', 'fill').size).toBe(2);
    expect(of('[aria-label="dot"] > *', 'd').size).toBe(2);
    const lines = terminalChart(chart!, 80).split('\n');
    expect(lines.filter((line) => line.includes('█')).length).toBe(2);
    expect(lines.filter((line) => line.includes('▒')).length).toBe(2);
    for (const line of lines.slice(1, -2)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('leave most of the picture to the plot', async () => {
    const svg = await drawChart(chart!);
    const places = [...svg.matchAll(/translate\(([\d.]+),/g)].map((match) => Number(match[1]));
    expect(svg).toContain('an-organisat…-letters-2.8b');
    expect(Math.max(...places)).toBeGreaterThan(660 / 2);
  });
});

it('numbers have three digits', () => {
  expect([0.0744, 1.2345, 12.345, 123.45, 1234.5].map(valueText)).toEqual(['0.074', '1.23', '12.3', '123', '1,235']);
});
