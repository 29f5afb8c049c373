/**
 * How a check of vectors reads: as JSON, and as a table with an operation a line.
 */
import type { Blame, Declaration, JudgedCase, JudgedVectors, Manifest } from '../oracle/index.ts';

export interface ReportedCase {
  readonly name: string;
  readonly operation: string;
  /** In units of the budget under each exp; null is infinite. */
  readonly worst: { readonly strict: number | null; readonly gpu: number | null };
  /** The worst element under the declared exp. */
  readonly where: string | null;
  readonly nonFinite: number;
  readonly failures: readonly string[];
}

/** A blame with the line of the reference, instead of the text that stands there. */
export interface ReportedBlame extends Omit<Blame, 'contradicts'> {
  readonly line?: string;
}

export interface VectorsReport {
  readonly ok: boolean;
  readonly seed: number;
  readonly size: string;
  readonly layout: string;
  readonly declared: Declaration;
  readonly cases: readonly ReportedCase[];
  readonly blames: readonly ReportedBlame[];
  readonly notRun: readonly string[];
  readonly tooWide: readonly string[];
  readonly tooLong: readonly string[];
  readonly notOffered: readonly string[];
  readonly unknown: readonly string[];
}

export interface Checked {
  readonly partial: boolean;
  readonly manifest: Manifest;
  readonly judged: JudgedVectors;
  readonly declared: Declaration;
  readonly blames: readonly ReportedBlame[];
}

export function vectorsReport({ manifest, judged, declared, blames, partial }: Checked): VectorsReport {
  const { seed, size, layout } = manifest;
  const cases = judged.cases.map(reportedCase);
  const known = partial || judged.unknown.length === 0;
  const ok = known && cases.length > 0 && cases.every(({ failures }) => failures.length === 0);
  return { ok, seed, size, layout, declared, cases, blames, ...judged.left, unknown: judged.unknown };
}

/** One line: what is wrong, what is right, and where the reference says so. */
export function blameText({
  operation,
  failing,
  mistake,
  right,
  line,
  explained,
  contradicted = 0,
  unanswered = 0,
  parameter,
  diverges,
}: ReportedBlame): string {
  if (unanswered === failing) {
    return `${operation}: ${failing} failing cases lack an output of the right name, shape and dtype; no mistake is looked for`;
  }
  const first = diverges === undefined ? '' : `; first off: ${diverges}`;
  if (mistake === undefined) return `${operation}: no known mistake gives these numbers${first}`;
  const how = parameter === undefined ? mistake : `${mistake}, ${parameter}`;
  const all = explained < failing ? `${explained} of ${failing}` : failing === 1 ? 'the only' : `all ${failing}`;
  const ones = contradicted === 1 ? 'one' : 'ones';
  const spared = contradicted === 0 ? '' : `, though ${contradicted} passing ${ones} should fail with it`;
  return `${operation}: "${how}" explains ${all} failing case${failing === 1 ? '' : 's'}${spared}; right is ${right} (${line})${first}`;
}

function reportedCase({ case: one, verdict, worst }: JudgedCase): ReportedCase {
  const finite = (value: number) => (Number.isFinite(value) ? value : null); // JSON has no infinity
  const most = verdict.outputs.reduce((p, q) => (q.worst > p.worst ? q : p));
  return {
    ...{ name: one.name, operation: one.operation },
    worst: { strict: finite(worst.strict), gpu: finite(worst.gpu) },
    where: most.where ?? null,
    nonFinite: verdict.outputs.reduce((sum, { nonFinite }) => sum + nonFinite, 0),
    failures: verdict.failures,
  };
}

/** Failures of an operation that are printed; --json has all. */
const shown = 3;

/** The first failures of each operation, and how many more there are. */
export function failureLines({ cases }: VectorsReport): string[] {
  const operations = [...new Set(cases.map(({ operation }) => operation))];
  return operations.flatMap((operation) => {
    const ofIt = cases.filter((one) => one.operation === operation);
    const lines = ofIt.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`));
    const more = lines.length - shown;
    return [
      ...lines.slice(0, shown),
      ...(more > 0 ? [`${operation}: ${more} more outputs are off; --json lists them`] : []),
    ];
  });
}

/** An operation a line: cases that ran, the worst error under each exp, and what failed. */
export function vectorsTable({ cases, notRun, tooWide, tooLong, notOffered, declared }: VectorsReport): string {
  const operations = [...new Set([...cases.map(({ operation }) => operation), ...notRun.map(operationOf)])];
  const width = Math.max(9, ...operations.map((name) => name.length));
  const lines = operations.map((operation) => {
    const ran = cases.filter((one) => one.operation === operation);
    const failed = ran.filter(({ failures }) => failures.length > 0);
    const countOf = (names: readonly string[]) => names.filter((name) => operationOf(name) === operation).length;
    const [wide, long, missing] = [countOf(tooWide), countOf(tooLong), countOf(notOffered)];
    const remarks = [
      ...(ran.length === 0 ? ['not run'] : []),
      ...(failed.length > 0 ? [`${failed.length} FAILED`] : []),
      ...(missing > 0 ? [`${missing} not offered`] : []),
      ...(wide > 0 ? [`${wide} left out: their inputs are float32`] : []),
      ...(long > 0 ? [`${long} left out: too long for states so narrow`] : []),
    ];
    const columns = [String(ran.length || '–').padStart(6), worstOf(ran, 'strict'), worstOf(ran, 'gpu')];
    return `${operation.padEnd(width)} ${columns.join(' ')}  ${remarks.join('; ')}`.trimEnd();
  });
  const head = `${'operation'.padEnd(width)}  cases   strict      gpu`;
  const { exp, accumulation, state } = declared;
  const judged = `worst errors in units of their budgets: ${accumulation}, states in ${state}; exp ${exp} decides`;
  return `${[head, ...lines].join('\n')}\n\n${judged}\n`;
}

function operationOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}

function worstOf(cases: readonly ReportedCase[], exp: 'strict' | 'gpu'): string {
  if (cases.length === 0) return '–'.padStart(8);
  const worst = Math.max(...cases.map((one) => one.worst[exp] ?? Infinity));
  const text = worst === Infinity ? '∞' : worst < 1000 ? worst.toFixed(2) : worst.toExponential(1);
  return text.padStart(8);
}
