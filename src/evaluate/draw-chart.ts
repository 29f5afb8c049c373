/**
 * A chart as SVG, by Observable Plot. Both packages are optional: they are looked for when somebody wants a picture.
 */
import type { ScaleOptions } from '@observablehq/plot';
import { UnsupportedError } from '../engine/errors.ts';
import type { Axis, Chart, ChartPoint } from './charts.ts';
import { shortName } from './short-name.ts';
import { valueText } from './terminal-chart.ts';

/** By the line's place. After Okabe and Ito: these stay apart for colour-blind readers; symbols and words say the same. */
const looks = [
  { colour: '#0072b2', symbol: 'circle', dash: '' },
  { colour: '#d55e00', symbol: 'square', dash: '6 3' },
  { colour: '#009e73', symbol: 'triangle', dash: '2 3' },
  { colour: '#cc79a7', symbol: 'diamond', dash: '10 3 2 3' },
] as const;

function lookOf(place: number): (typeof looks)[number] {
  return looks[place % looks.length]!;
}

const size = { width: 660, height: 400 };
/** Room of a letter of a line's name, in pixels. */
const letter = 7.6;

interface Marked extends ChartPoint {
  /** Of its line among the lines. */
  readonly place: number;
  readonly name: string;
  readonly text: string;
  /** Pixels down from the point. */
  readonly dy: number;
}

/**
 * The packages that draw.
 * @throws UnsupportedError when one is not installed
 */
export async function loadDrawing() {
  const Plot = await optional('@observablehq/plot', () => import('@observablehq/plot'));
  const { parseHTML } = await optional('linkedom', () => import('linkedom'));
  return { Plot, parseHTML };
}

/** @throws UnsupportedError when a package is not installed */
export async function drawChart(chart: Chart): Promise<string> {
  const { Plot, parseHTML } = await loadDrawing();
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const points = markedPoints(chart);
  const top = topOf(chart);
  const ends = chart.series.flatMap(({ ends: own }, place) =>
    own.slice(0, 1).map((end) => ({ ...end, y: top, place })),
  );
  const fill = ({ place }: Pick<Marked, 'place'>) => lookOf(place).colour;
  const at = { x: 'x', y: 'y' } as const;
  const halo = { fill, stroke: 'white', strokeWidth: 3 } as const; // words stay readable on lines
  const longest = Math.max(...chart.series.map(({ name }) => shortName(name).length));
  const values = [-11, 13].map((dy) =>
    Plot.text(
      points.filter((point) => point.dy === dy),
      { ...at, text: 'text', dy, ...halo, fontSize: 10 },
    ),
  );
  // Lines that end close together have their names apart: the upper one's higher, the lower one's lower.
  const lineNames = [-6, 6].map((dy) =>
    Plot.text(
      names(points).filter((point) => point.dy < 0 === dy < 0),
      { ...at, text: 'name', ...halo, textAnchor: 'start', dx: 18, dy, fontWeight: 600 },
    ),
  );
  const svg = Plot.plot({
    ...{ ariaLabel: `${chart.title}: ${chart.y.label} by ${chart.x.label}`, document, ...size },
    ...{ marginLeft: 60, marginBottom: 74, marginTop: 44, marginRight: 28 + letter * longest, inset: 14, insetTop: 0 },
    style: { background: 'white', color: '#1b1b1b', fontFamily: 'sans-serif', fontSize: '12px' },
    x: xScale(chart),
    y: yScale(chart, top),
    marks: [
      Plot.text([`${chart.title}, ${chart.y.label}`], { ...left('top'), dy: -34, fontSize: 15, fontWeight: 600 }),
      Plot.text([chart.note], { ...left('bottom'), dy: 68, fontSize: 10, fill: '#5c5c5c' }),
      ...(chart.y.scale === 'linear' ? [Plot.ruleY([0], { stroke: '#9a9a9a' })] : []),
      ...chart.series.map(({ points: own }, place) => Plot.line(own, { ...at, strokeWidth: 2, ...strokeOf(place) })),
      Plot.dot(points, { ...at, fill, r: 4, symbol: ({ place }: Marked) => lookOf(place).symbol }),
      ...values,
      ...lineNames,
      Plot.dot(ends, { ...at, stroke: fill, symbol: 'times', r: 5, strokeWidth: 2 }),
      Plot.text(ends, { ...at, text: 'why', ...halo, textAnchor: 'start', dx: 9 }),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg'); // Plot leaves it out, and files need it
  return `${svg.outerHTML}\n`;
}

function strokeOf(place: number) {
  const { colour, dash } = lookOf(place);
  return { stroke: colour, strokeDasharray: dash };
}

/** A line of text that begins at the picture's left side. */
function left(side: 'top' | 'bottom') {
  return { frameAnchor: `${side}-left`, textAnchor: 'start', dx: -44 } as const;
}

/** Each point with its value: above it, or below where another line runs above. */
function markedPoints({ series }: Chart): readonly Marked[] {
  const all = series.flatMap(({ points }) => points);
  return series.flatMap(({ name, points }, place) =>
    points.map((point) => {
      const below = all.some(({ x, y }) => x === point.x && y > point.y);
      return { ...point, place, name: shortName(name), text: valueText(point.y), dy: below ? 13 : -11 };
    }),
  );
}

/** Where the crosses stand: above everything that was measured. */
function topOf({ y, series }: Chart): number {
  const most = Math.max(...series.flatMap(({ points }) => points.map((point) => point.y)));
  const room = series.some(({ ends }) => ends.length > 0) ? 1.25 : 1.1;
  return most * (y.scale === 'linear' ? room : room ** 3);
}

/** The last point of each line, where its name stands. */
function names(points: readonly Marked[]): readonly Marked[] {
  return points.filter((point, i) => points[i + 1]?.place !== point.place);
}

function xScale({ x, series }: Chart): ScaleOptions {
  const places = [...new Set(series.flatMap(({ points, ends }) => [...points, ...ends].map((point) => point.x)))];
  const label = { label: x.label, labelAnchor: 'center', labelArrow: 'none', labelOffset: 42 } as const;
  return { ...axis(x), ...(x.scale === 'log' && { base: 2 }), ...label, ticks: places };
}

function yScale({ y, series }: Chart, top: number): ScaleOptions {
  const least = Math.min(...series.flatMap(({ points }) => points.map((point) => point.y)));
  return { ...axis(y), label: null, grid: true, domain: [y.scale === 'linear' ? 0 : least / 1.5, top] };
}

function axis({ scale }: Axis): ScaleOptions {
  return { type: scale, tickFormat: (value: number) => value.toLocaleString('en') };
}

async function optional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new UnsupportedError(`charts expected the package ${name}, it is not installed: npm install ${name}`, {
      cause,
    });
  }
}
