/**
 * How a verification reads: an operation a line and a backend a column; below, what each column is and what is missing.
 */
import { styleText } from 'node:util';
import type { SuiteRow } from '../oracle/index.ts';
import type { LeftOut, ReportedBackend, VerificationReport } from './verification-report.ts';

export function verificationTable(report: VerificationReport): string {
  const { backends, broken, absent } = report;
  const lines = [
    ...(backends.length === 0 ? [] : tableLines(report)),
    ...backends.map(({ name, device, browser }) => `${name}: ${device}${browser === null ? '' : `, in ${browser}`}`),
    ...reasons(backends).map((reason) => `not computed: ${reason}`),
    ...broken.map(leftOutText('broken')),
    ...absent.map(leftOutText('not here')),
  ];
  return `${lines.join('\n')}\n`;
}

function leftOutText(how: string) {
  return ({ name, why }: LeftOut) => `${how}: ${name}: ${why}`;
}

function tableLines({ backends, cases, problems }: VerificationReport): readonly string[] {
  const heads = backends.map(({ name }) => headOf(name));
  const sections = [
    { title: `vectors: ${cases} cases`, rows: gathered(backends.map((one) => one.vectors)) },
    { title: `random problems: ${problems} an operation`, rows: gathered(backends.map((one) => one.problems)) },
  ];
  const cellWidth = 1 + Math.max(6, ...heads.flat().map((part) => part.length));
  const nameWidth = Math.max(...sections.flatMap(({ rows }) => rows.map(({ name }) => name.length)));
  const line = (name: string, cells: readonly Cell[]) =>
    `${name.padEnd(nameWidth)}${cells.map((cell) => cellText(cell, cellWidth)).join('')}`.trimEnd();
  const headLines = [0, 1].map((i) => {
    const parts = heads.map((head) => ({ text: head[i]!, failed: false }));
    return line('', parts);
  });
  return [
    ...headLines.filter((text) => text !== ''),
    ...sections.flatMap(({ title, rows }) => [title, ...rows.map(({ name, cells }) => line(name, cells)), '']),
    'worst errors in units of their bounds; above 1.00 is a failure, – is not computed there',
    '',
  ];
}

/** In at most two lines. */
function headOf(name: string): readonly [string, string] {
  if (name === 'headlessgl') return ['headless', 'gl'];
  const [first, second = ''] = name.split('-') as [string, string?];
  return [first, second];
}

interface Cell {
  readonly text: string;
  readonly failed: boolean;
}

interface TableRow {
  readonly name: string;
  readonly cells: readonly Cell[];
}

/** The columns' rows side by side; all columns have the same rows. */
function gathered(columns: readonly (readonly SuiteRow[])[]): readonly TableRow[] {
  return columns[0]!.map(({ operation }, i) => ({ name: operation, cells: columns.map((rows) => cellOf(rows[i]!)) }));
}

function cellOf({ cases, worst, failures }: SuiteRow): Cell {
  const failed = failures.length > 0;
  if (cases === 0) return { text: '–', failed };
  if (worst === Infinity) return { text: '∞', failed };
  return { text: worst < 100 ? worst.toFixed(2) : worst.toExponential(1).replace('+', ''), failed };
}

function cellText({ text, failed }: Cell, width: number): string {
  const padded = text.padStart(width);
  return failed ? styleText('red', padded, { stream: process.stdout }) : padded;
}

/** Why something was not computed: each reason once, of which rows, and in which columns where it is not all. */
function reasons(backends: readonly ReportedBackend[]): readonly string[] {
  const named = new Map<string, { readonly rows: Set<string>; readonly columns: Set<string> }>();
  for (const { name, vectors, problems } of backends) {
    for (const { operation, absent } of [...vectors, ...problems]) {
      for (const reason of absent) {
        const known = named.get(reason) ?? { rows: new Set(), columns: new Set() };
        named.set(reason, known);
        known.rows.add(operation);
        known.columns.add(name);
      }
    }
  }
  return Array.from(named, ([reason, { rows, columns }]) => {
    const where = columns.size === backends.length ? '' : ` (${[...columns].join(', ')})`;
    const alone = [...rows].every((row) => reason.includes(row)); // the reason names them already
    return `${reason}${alone ? '' : `: ${[...rows].join(', ')}`}${where}`;
  });
}
