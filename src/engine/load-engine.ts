/**
 * From weights to an engine: stage by stage, tensor by tensor.
 */
import type { WeightSource } from '../checkpoint/index.ts';
import { rowsOf } from '../checkpoint/index.ts';
import { expectSize } from '../reference/shapes.ts';
import type { Architecture, ModelConfig } from './architecture.ts';
import type { WeightDtype } from './backend.ts';
import { Engine } from './engine.ts';
import type { AttentionOptions } from './gpt-neo-architecture.ts';
import { architectureOf } from './model-architecture.ts';
import type { Stage, StagePlan } from './stage.ts';
import { loadStage, slotsOf } from './stage.ts';
import { rowsOfChunk } from './turns.ts';

export interface EngineOptions extends AttentionOptions {
  /** Sequences that are read side by side, each with a state of its own. Default 1. */
  readonly sequences?: number;
  /** Default f32. */
  readonly dtype?: WeightDtype;
  readonly signal?: AbortSignal | undefined;
  /** Numbers of weights loaded so far, and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Loads a model.
 * @param plans neighbouring, from layer 0 to nLayer; most models need one
 * @throws OutOfMemoryError when a device has no room, UnsupportedError for a time-invariant config; all that was
 * allocated is given back then
 */
export async function loadEngine(
  config: ModelConfig,
  source: WeightSource,
  plans: readonly StagePlan[],
  options: EngineOptions = {},
): Promise<Engine> {
  const { sequences = 1, dtype = 'f32', signal, onProgress } = options;
  expectSize('sequences', sequences, 1);
  const architecture = architectureOf(config, options);
  const rows = Math.max(sequences, rowsOfChunk(architecture, mostRows(plans)));
  const total = numbersOf(architecture, plans);
  let done = 0;
  const onNumbers = (count: number) => {
    done += count;
    onProgress?.(done, total);
  };
  try {
    const stages: Stage[] = [];
    for (const plan of plans) {
      stages.push(await loadStage(plan, architecture, source, { sequences, rows, dtype }, { signal, onNumbers }));
    }
    return new Engine({ architecture, stages, sequences, dtype, rows, fingerprint: source.fingerprint });
  } catch (error) {
    for (const { backend } of plans) backend.dispose();
    throw error;
  }
}

/** Numbers of weights to load, a tied embedding on every stage that holds it. */
function numbersOf(architecture: Architecture, plans: readonly StagePlan[]): number {
  let total = 0;
  for (const plan of plans)
    for (const slot of slotsOf(plan, architecture)) total += rowsOf(slot).rows * rowsOf(slot).width;
  return total;
}

function mostRows(plans: readonly StagePlan[]): number {
  const lengths = plans.map(({ backend: { chunkLengths } }) =>
    typeof chunkLengths === 'number' ? chunkLengths : Math.max(...chunkLengths),
  );
  return Math.min(...lengths);
}
