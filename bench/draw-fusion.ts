/** The chart of bench/fusion.ts: milliseconds of the fused and the unfused scan by size of the state. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { FusionRow } from './fusion.ts';

const colours: Readonly<Record<string, string>> = { fused: '#0072b2', unfused: '#d55e00' };

export function drawFusion(rows: readonly FusionRow[]): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const last = rows.filter(({ dState }) => dState === Math.max(...rows.map((row) => row.dState)));
  const chart = Plot.plot({
    ariaLabel: 'Milliseconds of the fused and the unfused selective scan by size of the state',
    document,
    width: 640,
    height: 340,
    marginLeft: 60,
    marginRight: 150,
    marginBottom: 45,
    style: { background: 'white', fontFamily: 'sans-serif', fontSize: '12px' },
    x: {
      type: 'log',
      base: 2,
      label: 'dState →',
      labelOffset: 40,
      ticks: [...new Set(rows.map((row) => row.dState))],
      tickFormat: (v: number) => `${v}`,
    },
    y: { label: '↑ milliseconds', grid: true, zero: true },
    marks: [
      Plot.line(rows, {
        x: 'dState',
        y: 'milliseconds',
        z: 'form',
        stroke: (row) => colours[row.form]!,
        strokeWidth: 2,
      }),
      Plot.dot(rows, { x: 'dState', y: 'milliseconds', fill: (row) => colours[row.form]! }),
      Plot.text(last, {
        x: 'dState',
        y: 'milliseconds',
        text: (row) => `${row.form}: ${row.megabytes.toFixed(0)} MB moved`,
        dx: 8,
        textAnchor: 'start',
        fill: (row) => colours[row.form]!,
      }),
    ],
  });
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg'); // Plot leaves it out, and files need it
  return `${chart.outerHTML}\n`;
}
