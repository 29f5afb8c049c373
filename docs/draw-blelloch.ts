/**
 * Draws Blelloch's scan of eight elements, from a run of the reference itself: scanBlelloch is given a monoid of
 * intervals that notes each combine, and the rows of the picture are what those notes say.
 */
import type { Monoid } from '../src/reference/monoid.ts';
import { scanBlelloch } from '../src/reference/scan-blelloch.ts';
import type { Point } from './svg.ts';
import { arrow, box, label, palette, picture } from './svg.ts';

/** The elements from … to − 1, combined; the identity spans nothing. */
interface Interval {
  readonly from: number;
  readonly to: number;
}

interface Combine {
  readonly earlier: Interval;
  readonly later: Interval;
}

interface Cell {
  readonly value: Interval;
  readonly from: readonly { readonly slot: number; readonly copied: boolean }[];
  readonly kind: 'input' | 'up' | 'root' | 'down' | 'kept' | 'output';
}

const length = 8;

export function drawBlelloch(): string {
  const rows = rowsOf(notes());
  const width = 786;
  const rowHeight = 62;
  const at = (row: number, slot: number): Point => ({ x: 176 + slot * 80, y: 50 + row * rowHeight });
  const shapes = rows.flatMap(({ name, cells }, row) => [
    label({ x: 14, y: at(row, 0).y }, name, { anchor: 'start', size: 13, bold: true }),
    ...cells.flatMap((cell, slot) => [
      ...cell.from.map((source) => edge(at(row - 1, source.slot), at(row, slot), cell, source.copied)),
      cellBox(at(row, slot), cell),
    ]),
  ]);
  return picture(width, 50 + rows.length * rowHeight, 'Blelloch scan of eight elements', shapes);
}

/** Every combine that scanBlelloch makes, in order. */
function notes(): Combine[] {
  const made: Combine[] = [];
  const intervals: Monoid<Interval> = {
    identity: { from: 0, to: 0 },
    combine: (earlier, later) => {
      if (earlier.to !== earlier.from && earlier.to !== later.from) throw new RangeError('operands out of order');
      made.push({ earlier, later });
      return { from: isEmpty(earlier) ? later.from : earlier.from, to: later.to };
    },
  };
  const out = scanBlelloch(
    intervals,
    Array.from({ length }, (_, t) => ({ from: t, to: t + 1 })),
  );
  if (!out.every(({ from, to }, t) => from === 0 && to === t + 1)) throw new RangeError('not a scan');
  return made;
}

function isEmpty({ from, to }: Interval): boolean {
  return from === to;
}

function rowsOf(made: readonly Combine[]): { name: string; cells: Cell[] }[] {
  let slots: Interval[] = Array.from({ length }, (_, t) => ({ from: t, to: t + 1 }));
  const rows: { name: string; cells: Cell[] }[] = [
    { name: 'input', cells: slots.map((value) => ({ value, from: [], kind: 'input' })) },
  ];
  const push = (name: string, changed: ReadonlyMap<number, Cell>) => {
    const cells = slots.map((value, slot): Cell => changed.get(slot) ?? { value, from: [], kind: 'kept' });
    slots = cells.map(({ value }) => value);
    rows.push({ name, cells });
  };

  // Up-sweep: neighbouring blocks of equal length, one level after another.
  let next = 0;
  for (let half = 1; half < length; half *= 2) {
    const changed = new Map<number, Cell>();
    for (let i = 0; i < length / (2 * half); i++, next++) {
      const { earlier, later } = made[next]!;
      const from = [earlier.to - 1, later.to - 1].map((slot) => ({ slot, copied: false }));
      changed.set(later.to - 1, { value: { from: earlier.from, to: later.to }, from, kind: 'up' });
    }
    push(`up-sweep ${Math.log2(2 * half)}`, changed);
  }

  const nothing: Interval = { from: 0, to: 0 };
  push('root := identity', new Map([[length - 1, { value: nothing, from: [], kind: 'root' }]]));

  // Down-sweep: what lies before a node, and its left child's block.
  for (let half = length / 2; half >= 1; half /= 2) {
    const changed = new Map<number, Cell>();
    for (let i = 0; i < length / (2 * half); i++, next++) {
      const { earlier, later } = made[next]!;
      const left = later.to - 1;
      const right = left + half;
      changed.set(left, { value: earlier, from: [{ slot: right, copied: true }], kind: 'down' });
      const from = [right, left].map((slot) => ({ slot, copied: false }));
      changed.set(right, { value: { from: 0, to: later.to }, from, kind: 'down' });
    }
    push(`down-sweep ${Math.log2(length / half)}`, changed);
  }

  const outputs = made.slice(next).map(({ later }, slot): [number, Cell] => {
    return [slot, { value: { from: 0, to: later.to }, from: [{ slot, copied: false }], kind: 'output' }];
  });
  push('∘ input', new Map(outputs));
  return rows;
}

const fills: Readonly<Record<Cell['kind'], string>> = {
  input: palette.grey,
  up: palette.paleBlue,
  root: palette.paleOrange,
  down: palette.paleOrange,
  kept: 'white',
  output: palette.paleGreen,
};

function cellBox(centre: Point, { value, kind }: Cell): string {
  const { from, to } = value;
  const text = isEmpty(value) ? '(1, 0)' : to === from + 1 ? `${from}` : `${from} … ${to - 1}`;
  const stroke = kind === 'kept' ? palette.faint : palette.ink;
  return box(centre, 62, 28, text, { fill: fills[kind], stroke, dashed: kind === 'kept' });
}

function edge(from: Point, to: Point, { kind }: Cell, copied: boolean): string {
  const colour = kind === 'up' ? 'blue' : kind === 'output' ? 'green' : 'orange';
  return arrow(
    [
      { x: from.x, y: from.y + 14 },
      { x: to.x, y: to.y - 15 },
    ],
    copied ? 'faint' : colour,
    copied,
  );
}
