/**
 * A stage's layers over the rows of a chunk: written down once for each number of rows, then replayed.
 */
import type { MambaConfig } from '../reference/types.ts';
import type { Recording } from './backend.ts';
import type { RowLayout } from './layer.ts';
import { enqueueLayer } from './layer.ts';
import type { Stage } from './stage.ts';

/** Recordings kept; a few more chunk lengths than these come by in a long text. */
const mostRecordings = 16;

/** Enqueues all layers; `visit` comes after each one, to settle or to look. */
export async function runStage(
  stage: Stage,
  config: MambaConfig,
  layout: Omit<RowLayout, 'bounds'>,
  visit: (layer: number) => Promise<void> | undefined,
): Promise<void> {
  const recordings = recordingsOf(stage, config, layout);
  for (let i = 0; i < recordings.length; i++) {
    stage.backend.replay(recordings[i]!);
    const pause = visit(stage.from + i);
    if (pause !== undefined) await pause;
  }
}

function recordingsOf(stage: Stage, config: MambaConfig, layout: Omit<RowLayout, 'bounds'>): readonly Recording[] {
  const { backend, layers, states, work, bounds, recordings } = stage;
  const known = recordings.get(layout.rows);
  if (known !== undefined) return known;
  const made = layers.map((layer, i) =>
    backend.record(() => enqueueLayer(backend, config, layer, states[i]!, work, { ...layout, bounds })),
  );
  if (recordings.size === mostRecordings) recordings.delete(recordings.keys().next().value!);
  recordings.set(layout.rows, made);
  return made;
}
