/**
 * What a sweep keeps: its settings and a row a point, as JSON; and the rows as CSV.
 */
import type { WeightDtype } from '../engine/backend.ts';
import type { Measurement } from './measurement.ts';
import type { ModelShape } from './model-shape.ts';
import type { Attention } from './script-lines.ts';
import type { ScriptSampling } from './script-sampling.ts';

/** Everything that all points share; a sweep goes on only with the same. */
export interface SweepSettings {
  readonly promptLength: number;
  readonly genLength: number;
  readonly backend: string;
  readonly dtype: WeightDtype;
  /** Null: as many as can run at once. */
  readonly threads: number | null;
  readonly attention: Attention;
  /** False: every layer sees all tokens (--as blog). */
  readonly localWindows: boolean;
  readonly sampling: ScriptSampling;
}

/** How a point has ended. `measured` is the only one with a measurement. */
export type PointResult =
  | { readonly status: 'measured'; readonly measurement: Measurement }
  | { readonly status: Exclude<PointStatus, 'measured'>; readonly reason: string };

export const pointStatuses = ['measured', 'out of memory', 'out of context', 'unavailable', 'failed'] as const;
export type PointStatus = (typeof pointStatuses)[number];

export type SweepRow = PointResult & {
  readonly model: string;
  readonly kind: ModelShape['kind'];
  readonly batch: number;
  /** What the point was expected to need, from the config. */
  readonly predictedBytes: number;
  /** What there was. */
  readonly limitBytes: number;
  /** A sequence's state or KV cache at its full length, from the config. */
  readonly sequenceBytes: number;
};

/** Where it was measured. */
export interface Machine {
  readonly cpu: string;
  readonly parallelism: number;
  readonly memoryBytes: number;
  readonly node: string;
}

export interface SweepRecord {
  readonly version: 1;
  readonly settings: SweepSettings;
  readonly machine: Machine;
  readonly rows: readonly SweepRow[];
}

const columns = [
  ...['model', 'kind', 'batch', 'status', 'prompt_length', 'generation_length', 'seconds', 'tokens_per_second'],
  ...['peak_memory_bytes', 'predicted_bytes', 'limit_bytes', 'sequence_bytes', 'parameters', 'backend', 'dtype'],
  ...['threads', 'attention', 'reason'],
] as const;

/** A line a row, in bytes and seconds, nothing rounded; a field is empty where there is nothing to say (RFC 4180). */
export function sweepCsv({ settings, rows }: Pick<SweepRecord, 'settings' | 'rows'>): string {
  const { backend, dtype, attention } = settings;
  const lines = rows.map((row) => {
    const measured = row.status === 'measured' ? row.measurement : undefined;
    const lengths = [measured?.promptLength ?? settings.promptLength, measured?.genLength ?? settings.genLength];
    return [
      ...[row.model, row.kind, row.batch, row.status, ...lengths, measured?.seconds, measured?.tokensPerSecond],
      ...[measured?.peakMemoryBytes, row.predictedBytes, row.limitBytes, row.sequenceBytes, measured?.parameters],
      ...[backend, dtype, measured?.threads, row.kind === 'mamba' ? undefined : attention],
      row.status === 'measured' ? undefined : row.reason,
    ];
  });
  return [columns, ...lines].map((fields) => `${fields.map(csvField).join(',')}\r\n`).join('');
}

function csvField(value: string | number | null | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
