/**
 * Whether a model can run here at all, by its config alone: asked before its weights come over the network.
 */
import { parseModelConfig } from '../checkpoint/config.ts';
import type { ModelConfig } from '../engine/architecture.ts';
import type { WeightDtype } from '../engine/backend.ts';
import { defaultDtype, splitLayers } from '../engine/memory-plan.ts';
import { freeMemory } from './free-memory.node.ts';
import { expectRoomForReference } from './reference-room.ts';
import { chunkRows } from './wasm-engine.node.ts';

export interface LoadableOptions {
  /** What holds the weights; absent: a device whose memory nobody knows. */
  readonly backend?: 'wasm' | 'reference' | undefined;
  readonly dtype?: WeightDtype | undefined;
  readonly sequences?: number | undefined;
}

/**
 * @param text of config.json
 * @param file what errors call it
 * @throws CheckpointError when it is no model that is supported, OutOfMemoryError when it does not fit
 */
export function expectLoadable(text: string, file: string, options: LoadableOptions): void {
  const { config } = parseModelConfig(text, file);
  if (options.backend !== undefined) expectRoom(config, options);
}

function expectRoom(config: ModelConfig, { backend, dtype, sequences = 1 }: LoadableOptions): void {
  const freeBytes = freeMemory();
  const room = { freeBytes, sequences, chunkRows };
  if (backend === 'reference') expectRoomForReference(config, freeBytes);
  else splitLayers(config, dtype ?? defaultDtype(config, room), room);
}
