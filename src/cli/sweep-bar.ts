/**
 * How far a sweep is: in tokens, since a point of many rows takes longer.
 */
import { repeats } from '../evaluate/evaluation.ts';
import type { SweepRow } from '../evaluate/sweep-record.ts';
import { createProgress } from './progress.ts';
import type { NamedModel, SweepFlags } from './sweep-options.ts';

export interface SweepBar {
  /** A point's process starts. */
  begin(model: string, batch: number): void;
  /** @param share of that point that is done */
  update(share: number): void;
  /** A point has ended, in a process or without one. */
  finish(row: SweepRow): void;
  clear(): void;
}

/** Counts the tokens that are generated, warm-ups too; a point that needs no process makes the whole shorter. */
export function sweepBar({ sweep: batches, genlen }: SweepFlags, models: readonly NamedModel[]): SweepBar {
  const tokensOf = (batch: number) => (1 + repeats) * genlen * batch;
  const progress = createProgress('sweep');
  let total = models.length * batches.reduce((sum, batch) => sum + tokensOf(batch), 0);
  let done = 0;
  let at: Pick<SweepRow, 'model' | 'batch'> | undefined;
  return {
    begin: (model, batch) => {
      at = { model, batch };
    },
    update(share) {
      if (at !== undefined)
        progress.update(done + share * tokensOf(at.batch), total, [`${at.model}, batch ${at.batch}`]);
    },
    finish({ batch }) {
      if (at === undefined) total -= tokensOf(batch);
      else done += tokensOf(batch);
      at = undefined;
      progress.clear();
    },
    clear: progress.clear,
  };
}
