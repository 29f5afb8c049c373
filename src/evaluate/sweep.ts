/**
 * Both models over batch sizes, point by point: what would not fit is not started, what has ended is kept at once.
 */
import { OutOfContextError } from '../engine/errors.ts';
import { bytesText } from './bytes-text.ts';
import { expectContext } from './evaluation.ts';
import type { ModelShape } from './model-shape.ts';
import { mostTokens } from './model-shape.ts';
import { neededBytes } from './needed-bytes.ts';
import { memoryBytes } from './running-bytes.ts';
import { methodOf } from './script-lines.ts';
import type { PointResult, SweepRow, SweepSettings } from './sweep-record.ts';

export interface SweepModel {
  readonly name: string;
  readonly shape: ModelShape;
}

export interface SweepWork {
  readonly models: readonly SweepModel[];
  /** Rising. */
  readonly batches: readonly number[];
  readonly settings: SweepSettings;
  /** Bytes that a point may take now: the limit, and no more than is free. */
  room(): number;
  /** Runs one point, in a process of its own. Its rejection ends the sweep. */
  runPoint(model: SweepModel, batch: number): Promise<PointResult>;
  /** Called with all rows after every point that has not been there before. */
  save(rows: readonly SweepRow[]): Promise<void>;
  /** Before each batch size. */
  onBatch?(batch: number): Promise<void> | void;
  /** After each point; `kept` when it was there before. */
  onRow?(row: SweepRow, kept: boolean): Promise<void> | void;
}

/** What a point is expected to take. */
export function predictedBytes({ shape }: SweepModel, batch: number, settings: SweepSettings): number {
  const { dtype, promptLength, genLength } = settings;
  const load = { sequences: batch, tokens: promptLength + genLength, attention: methodOf(settings.attention) };
  return neededBytes(shape, dtype, load);
}

/**
 * Runs every point that `before` has no final row of.
 * @param before rows of an earlier run with the same settings
 * @returns a row a point, those of other models and batches in `before` included
 */
export async function runSweep(work: SweepWork, before: readonly SweepRow[] = []): Promise<readonly SweepRow[]> {
  const rows = new Map(before.map((row) => [keyOf(row.model, row.batch), row]));
  for (const batch of work.batches) {
    await work.onBatch?.(batch);
    for (const model of work.models) {
      const key = keyOf(model.name, batch);
      const there = rows.get(key);
      const kept = there !== undefined && isFinal(there, work.room());
      const row = kept ? there : await pointOf(work, model, batch, [...rows.values()]);
      rows.set(key, row);
      if (!kept) await work.save(inOrder([...rows.values()]));
      await work.onRow?.(row, kept);
    }
  }
  return inOrder([...rows.values()]);
}

/** Whether running it again could not change it: no room is one's end only while there is not more of it. */
export function isFinal({ status, limitBytes }: SweepRow, room: number): boolean {
  return status === 'measured' || status === 'out of context' || (status === 'out of memory' && room <= limitBytes);
}

async function pointOf(
  work: SweepWork,
  model: SweepModel,
  batch: number,
  rows: readonly SweepRow[],
): Promise<SweepRow> {
  const { name, shape } = model;
  const { promptLength, genLength } = work.settings;
  const limitBytes = work.room();
  const bytes = predictedBytes(model, batch, work.settings);
  const sequenceBytes = memoryBytes(shape, promptLength + genLength);
  const point = { model: name, kind: shape.kind, batch, predictedBytes: bytes, limitBytes, sequenceBytes };
  const refusal = refused(model, work.settings) ?? outOfRoom(rows, point);
  return { ...point, ...(refusal ?? (await work.runPoint(model, batch))) };
}

/** A text longer than the positions. */
function refused({ shape }: SweepModel, { promptLength, genLength }: SweepSettings): PointResult | undefined {
  try {
    expectContext({ mostTokens: mostTokens(shape) }, promptLength, genLength);
    return undefined;
  } catch (error) {
    if (!(error instanceof OutOfContextError)) throw error;
    return { status: 'out of context', reason: error.message };
  }
}

type PlannedPoint = Pick<SweepRow, 'model' | 'batch' | 'predictedBytes' | 'limitBytes'>;

/** A point that needs more than there is, or a larger batch of a model that has ended in the same room. */
function outOfRoom(rows: readonly SweepRow[], point: PlannedPoint): PointResult | undefined {
  const { predictedBytes: bytes, limitBytes } = point;
  if (!(bytes <= limitBytes)) {
    const needed = bytesText(bytes, { digits: 2, round: 'up' });
    const room = bytesText(limitBytes, { digits: 2, round: 'down' });
    const reason = `expected to need ${needed}, there are ${room}; not started`;
    return { status: 'out of memory', reason };
  }
  const smaller = rows.find(
    ({ model, batch, ...row }) =>
      model === point.model && batch < point.batch && row.status === 'out of memory' && limitBytes <= row.limitBytes,
  );
  if (smaller === undefined) return undefined;
  return { status: 'out of memory', reason: `batch ${smaller.batch} was out of memory already; not started` };
}

function keyOf(model: string, batch: number): string {
  return JSON.stringify([model, batch]);
}

/** By batch; models stay in the order in which they came. */
function inOrder(rows: readonly SweepRow[]): readonly SweepRow[] {
  return rows.toSorted((a, b) => a.batch - b.batch);
}
