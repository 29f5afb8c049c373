/**
 * A stage's layers over the rows of a chunk: written down once for each number of rows, then replayed.
 */
import type { Recording } from './backend.ts';
import type { RowLayout } from './layer.ts';
import type { Stage } from './stage.ts';

/** Recordings kept; a few more chunk lengths than these come by in a long text. */
const mostRecordings = 16;

/** Enqueues all layers; `visit` comes after each one, counted from the stage's first, to settle or to look. */
export async function runStage(
  stage: Stage,
  layout: Omit<RowLayout, 'bounds'>,
  visit: (layer: number) => Promise<void> | undefined,
): Promise<void> {
  const recordings = recordingsOf(stage, layout);
  for (let i = 0; i < recordings.length; i++) {
    stage.backend.replay(recordings[i]!);
    const pause = visit(i);
    if (pause !== undefined) await pause;
  }
}

function recordingsOf(stage: Stage, layout: Omit<RowLayout, 'bounds'>): readonly Recording[] {
  const { backend, from, to, run, bounds, recordings } = stage;
  const known = recordings.get(layout.rows);
  if (known !== undefined) return known;
  const made = Array.from({ length: to - from }, (_, i) =>
    backend.record(() => run.enqueueLayer(i, { ...layout, bounds })),
  );
  if (recordings.size === mostRecordings) recordings.delete(recordings.keys().next().value!);
  recordings.set(layout.rows, made);
  return made;
}
