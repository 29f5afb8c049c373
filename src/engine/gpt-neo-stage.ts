/**
 * GPT-Neo's layers on one device, with their KV caches.
 */
import type { GptNeoConfig, GptNeoLayerState } from '../reference/gpt-neo-types.ts';
import type { StageParts, StageRun } from './architecture.ts';
import type { Backend, Matrix } from './backend.ts';
import { viewOf } from './backend.ts';
import type { CacheSizes } from './cache-layout.ts';
import { keysLength, valuesLength } from './cache-layout.ts';
import type { AttentionPlan, GptNeoDeviceLayer, GptNeoWorkCells } from './gpt-neo-layer.ts';
import { enqueueGptNeoLayer, gptNeoWorkCells } from './gpt-neo-layer.ts';
import { readCache, writeCache } from './kv-cache.ts';
import type { TensorVisitor } from './visit.ts';

export function openGptNeoStage(
  backend: Backend,
  config: GptNeoConfig,
  plan: AttentionPlan,
  parts: StageParts,
): StageRun {
  const { from, model, sequences } = parts;
  const { hiddenSize, nHead, attentionKinds, windowSize } = config;
  const sizes: CacheSizes = { nHead, headDim: hiddenSize / nHead, capacity: plan.capacity };
  const layers = parts.layers as unknown as readonly GptNeoDeviceLayer[]; // the table has an entry for every field
  const caches = layers.map(() => ({
    keys: backend.floats('keys', sequences * keysLength(sizes)),
    values: backend.floats('values', sequences * valuesLength(sizes)),
  }));
  const work = gptNeoWorkCells(backend, config, plan, parts);
  return {
    residual: work.residual,
    carried: caches.flatMap(({ keys, values }) => [keys, values]),
    embed(ids, rows) {
      const out = viewOf(work.residual, hiddenSize);
      backend.embed({ out, ids, weight: model.wteWeight as Matrix, rows });
      backend.embedAdd({ out, ids: work.positions, weight: model.wpeWeight as Matrix, rows });
    },
    enqueueLayer(i, layout) {
      const window = attentionKinds[from + i] === 'local' ? windowSize : undefined;
      enqueueGptNeoLayer(backend, config, { layer: layers[i]!, cache: caches[i]!, work, plan, window }, layout);
    },
    place(starts, rows) {
      backend.write(work.starts, starts);
      backend.write(work.positions, rows);
    },
    visit: (i, rows, see) => visitGptNeoLayer({ backend, work }, config, { layer: from + i, rows }, see),
    async readStates(sequence, position) {
      const states: GptNeoLayerState[] = [];
      for (const cache of caches) states.push(await readCache(backend, cache, sizes, { sequence, position }));
      return states;
    },
    writeStates(sequence, states, position) {
      for (const [i, cache] of caches.entries()) {
        writeCache(backend, cache, sizes, { sequence, position }, states[i] as GptNeoLayerState);
      }
    },
    clearStates() {}, // no row sees what lies behind its position
  };
}

/** Reads back what a layer has left in the work cells, under the names that the reference's trace gives them. */
async function visitGptNeoLayer(
  { backend, work }: { readonly backend: Backend; readonly work: GptNeoWorkCells },
  { hiddenSize, intermediateSize }: GptNeoConfig,
  { layer, rows }: { readonly layer: number; readonly rows: number },
  visit: TensorVisitor,
): Promise<void> {
  const seen = [
    ...[['q', work.q, hiddenSize] as const, ['attention', work.attended, hiddenSize] as const],
    ...[['ln2', work.normed, hiddenSize] as const, ['mlp', work.inner, intermediateSize] as const],
    ['residual', work.residual, hiddenSize] as const,
  ];
  for (const [name, cell, width] of seen) {
    visit(`layers.${layer}.${name}`, [rows, width], await backend.read(cell, 0, rows * width));
  }
}
