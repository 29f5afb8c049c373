/** The chart of bench/length.ts: tokens per second against the length of the prompt. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { LengthRow } from './length.ts';

export function drawLength(rows: readonly LengthRow[]): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const points = rows.map(({ tokens, tokensPerSecond }) => ({ tokens, rate: tokensPerSecond }));
  const chart = Plot.plot({
    ariaLabel: 'Tokens per second against the length of the prompt',
    document,
    width: 640,
    height: 320,
    marginLeft: 60,
    marginBottom: 45,
    insetLeft: 30,
    insetRight: 30,
    style: { background: 'white', fontFamily: 'sans-serif', fontSize: '12px' },
    x: {
      type: 'log',
      base: 2,
      label: 'tokens in the prompt →',
      labelOffset: 40,
      ticks: rows.map((row) => row.tokens),
      tickFormat: (v: number) => v.toLocaleString('en'),
    },
    y: { label: '↑ tokens per second', domain: [0, 1.2 * Math.max(...points.map((point) => point.rate))], grid: true },
    marks: [
      Plot.line(points, { x: 'tokens', y: 'rate', stroke: '#0072b2', strokeWidth: 2 }),
      Plot.dot(points, { x: 'tokens', y: 'rate', fill: '#0072b2', r: 4 }),
      Plot.text(points, { x: 'tokens', y: 'rate', dy: -12, text: ({ rate }: { rate: number }) => rate.toFixed(0) }),
    ],
  });
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${chart.outerHTML}\n`;
}
