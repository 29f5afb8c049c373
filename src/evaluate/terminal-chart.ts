/**
 * A chart as lines of text: a bar a point, models one below the other, so that they can be compared without colours.
 */
import type { Chart, ChartSeries } from './charts.ts';
import { shortName } from './short-name.ts';

/** By the model's place. */
const bars = ['█', '▒', '▓', '░'] as const;
const shortest = 10;

/**
 *   Inference time, seconds
 *     1  130m          ███ 1.20
 *        gpt-neo-125m  ▒▒▒▒▒▒ 2.40
 *
 * Bars are as long as their values, whatever the axis of the picture: lengths that are logarithms would lie.
 * @param columns of the terminal
 */
export function terminalChart({ title, x, y, series, note }: Chart, columns: number): string {
  const places = [...new Set(series.flatMap(({ points, ends }) => [...points, ...ends].map((point) => point.x)))];
  places.sort((a, b) => a - b);
  const placeWidth = Math.max(...places.map((place) => placeText(place).length), 1);
  const nameWidth = Math.max(...series.map(({ name }) => shortName(name).length), 1);
  const most = Math.max(...series.flatMap(({ points }) => points.map((point) => point.y)), 0);
  const width = Math.max(shortest, columns - placeWidth - nameWidth - 16);
  const lines = places.flatMap((place) =>
    series.map((one, i) => {
      const head = (i === 0 ? placeText(place) : '').padStart(placeWidth);
      return `  ${head}  ${shortName(one.name).padEnd(nameWidth)}  ${cell(one, place, bars[i % bars.length]!, width / most)}`.trimEnd();
    }),
  );
  return `${title}, ${y.label}, by ${x.label}\n${lines.join('\n')}\n  (${note})\n`;
}

function cell({ points, ends }: ChartSeries, place: number, bar: string, scale: number): string {
  const point = points.find((one) => one.x === place);
  if (point !== undefined) {
    const length = Math.max(1, Math.round(point.y * scale));
    return `${bar.repeat(length)} ${valueText(point.y)}`;
  }
  const end = ends.find((one) => one.x === place);
  return end === undefined ? '' : `× ${end.why}`;
}

function placeText(place: number): string {
  return place.toLocaleString('en');
}

/** Three digits: 0.123, 1.23, 12.3, 1,234. */
export function valueText(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(value >= 1 ? 2 : 3);
}
