/**
 * The chart of backward-memory.ts: peak memory against sequence length, both axes logarithmic.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { MemoryPoint } from './backward-memory.ts';

const colours: Readonly<Record<string, string>> = { storing: '#d55e00', recomputing: '#0072b2' };

export function drawMemory(points: readonly MemoryPoint[]): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const inMiB = points.map(({ form, seqLen, bytes }) => ({ form, seqLen, MiB: bytes / 2 ** 20 }));
  const last = inMiB.filter(({ seqLen }) => seqLen === Math.max(...inMiB.map((point) => point.seqLen)));
  const chart = Plot.plot({
    ariaLabel: 'Peak memory of the two backward passes by sequence length',
    document,
    width: 640,
    height: 380,
    marginRight: 110,
    marginLeft: 60,
    style: { background: 'white', fontFamily: 'sans-serif', fontSize: '12px' },
    x: { type: 'log', base: 2, label: 'tokens →', tickFormat: (v: number) => v.toLocaleString('en') },
    y: { type: 'log', label: '↑ MiB beyond operands and gradients', grid: true, tickFormat: (v: number) => `${v}` },
    marks: [
      Plot.line(inMiB, { x: 'seqLen', y: 'MiB', z: 'form', stroke: (p) => colours[p.form]!, strokeWidth: 2 }),
      Plot.dot(inMiB, { x: 'seqLen', y: 'MiB', fill: (p) => colours[p.form]! }),
      Plot.text(last, {
        x: 'seqLen',
        y: 'MiB',
        text: 'form',
        dx: 8,
        textAnchor: 'start',
        fill: (p) => colours[p.form]!,
      }),
    ],
  });
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg'); // Plot leaves it out, and files need it
  return `${chart.outerHTML}\n`;
}
