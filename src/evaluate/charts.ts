/**
 * What the charts of a sweep show, before anybody draws: points, where a line ends and why, units, axes.
 */
import type { SweepRecord, SweepRow } from './sweep-record.ts';

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
}

export interface ChartSeries {
  readonly name: string;
  readonly points: readonly ChartPoint[];
  /** Where there is nothing any more, and why. */
  readonly ends: readonly { readonly x: number; readonly why: string }[];
}

export interface Chart {
  /** The file's name without its end. */
  readonly file: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly ChartSeries[];
  /** Of the settings and the machine, below the picture. */
  readonly note: string;
}

export interface Axis {
  readonly label: string;
  readonly scale: 'linear' | 'log';
}

/** Time, memory, throughput, each against the batch; and what a sequence makes each model remember, against its length. */
export function chartsOf(record: SweepRecord): readonly Chart[] {
  const { settings, machine } = record;
  const { promptLength, genLength, dtype } = settings;
  const lengths = `${promptLength.toLocaleString('en')} + ${genLength.toLocaleString('en')} tokens a row, weights in ${dtype}`;
  const threads = settings.threads ?? machine.parallelism;
  const note = `${lengths} · ${machine.cpu}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const batch: Axis = { label: 'batch size', scale: 'log' };
  const chart = (file: string, title: string, y: Axis, of: ValueOf): Chart => {
    return { file, title, x: batch, y, note, series: seriesOf(record.rows, of) };
  };
  return [
    chart('time', 'Inference time', { label: 'seconds', scale: 'log' }, ({ seconds }) => seconds),
    chart('memory', 'Peak memory', { label: 'GB', scale: 'linear' }, ({ peakMemoryBytes }) => peakMemoryBytes / 1e9),
    chart(
      'throughput',
      'Throughput',
      { label: 'generated tokens per second', scale: 'log' },
      (row) => row.tokensPerSecond,
    ),
  ];
}

type ValueOf = (row: Extract<SweepRow, { status: 'measured' }>['measurement']) => number;

function seriesOf(rows: readonly SweepRow[], of: ValueOf): readonly ChartSeries[] {
  const names = [...new Set(rows.map(({ model }) => model))];
  return names.map((name) => {
    const own = rows.filter(({ model }) => model === name);
    const points = own.flatMap((row) => (row.status === 'measured' ? [{ x: row.batch, y: of(row.measurement) }] : []));
    const ends = own.flatMap((row) => (row.status === 'measured' ? [] : [{ x: row.batch, why: row.status }]));
    return { name, points, ends };
  });
}
