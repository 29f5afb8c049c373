/**
 * One block on a target's backend, as the engine enqueues it.
 */
import { memoryWeights } from '../../checkpoint/index.ts';
import type { Backend, Cell, Matrix } from '../../engine/backend.ts';
import type { DeviceLayer } from '../../engine/layer.ts';
import { enqueueBlock, workCells } from '../../engine/layer.ts';
import type { MambaStates } from '../../engine/layer-state.ts';
import { readStates, stateCells, writeStates } from '../../engine/layer-state.ts';
import { mambaArchitecture } from '../../engine/mamba-architecture.ts';
import { loadWeight } from '../../engine/stage.ts';
import { visitLayer } from '../../engine/visit.ts';
import { zeroState } from '../../reference/mamba-model.ts';
import type { MambaConfig, Weights } from '../../reference/types.ts';
import { lendBackend } from '../lent-backend.ts';
import { backendOf } from '../lent-engine.ts';
import type { Target } from '../target.ts';
import type { VectorCase } from '../vectors/vector-case.ts';
import { configOf, layerOf } from './model-inputs.ts';
import type { RunOutputs, VectorRun } from './vector-run.ts';
import { floatsOf } from './vector-run.ts';

/** out, the states, and what the engine can show of the way there. */
export function blockRun(target: Target, one: VectorCase): VectorRun {
  const gives = ['xz', 'x', 'deltaLow', 'B', 'C', 'delta', 'y', 'out', 'convState', 'h'];
  return { row: 'block', gives, run: () => runBlock(target, one) };
}

async function runBlock(target: Target, one: VectorCase): Promise<RunOutputs> {
  const backend = lendBackend(backendOf(target));
  try {
    const config = configOf(one);
    const { input, convState, h } = floatsOf(one);
    const rows = input!.length / config.dModel;
    const bounds = backend.integers('bounds', 2);
    backend.write(bounds, Uint32Array.of(0, rows));
    const kept = { backend, config, states: [stateCells(backend, config, 1)] };
    writeStates(kept, 0, [
      {
        ...zeroState(config).layers[0]!,
        ...(convState && { convState: Float64Array.from(convState) }),
        ...(h && { h: Float64Array.from(h) }),
      },
    ]);
    const work = workCells(backend, config, rows);
    backend.write(work.normed, input!);
    backend.write(work.residual, new Float32Array(rows * config.dModel));
    const layer = await placeLayer(backend, one);
    enqueueBlock(backend, config, layer, kept.states[0]!, work, { rows, sequences: 1, bounds });
    const outputs = { out: await backend.read(work.residual), ...(await lastState(kept)) };
    return { ...outputs, ...(await intermediatesOf(config, { backend, work, rows })) };
  } finally {
    await backend.settle().catch(() => {}); // what went wrong has been said
    backend.dispose();
  }
}

/** The weights by the route that a checkpoint's take. */
async function placeLayer(backend: Backend, one: VectorCase): Promise<DeviceLayer> {
  const architecture = mambaArchitecture({ ...configOf(one), nLayer: 1 });
  const source = memoryWeights({ layers: [layerOf(one)] } as unknown as Weights);
  const layer: Record<string, Cell | Matrix> = {};
  for (const slot of architecture.slots()) {
    if (slot.layer === undefined || slot.field === 'normWeight') continue;
    const watch = { onNumbers() {} };
    layer[architecture.fieldOf(slot)] = await loadWeight(backend, architecture, slot, source, 'f32', watch);
  }
  return layer as unknown as DeviceLayer;
}

async function lastState(kept: MambaStates): Promise<RunOutputs> {
  const [{ convState, h }] = (await readStates(kept, 0)) as [{ convState: Float64Array; h: Float64Array }];
  return { convState: Float32Array.from(convState), h: Float32Array.from(h) };
}

interface Ran {
  readonly backend: Backend;
  readonly work: ReturnType<typeof workCells>;
  readonly rows: number;
}

async function intermediatesOf(config: MambaConfig, { backend, work, rows }: Ran): Promise<RunOutputs> {
  const seen: Record<string, Float32Array> = {};
  await visitLayer({ backend, work }, config, { layer: 0, rows }, (name, _, data) => {
    seen[name.slice('layers.0.'.length)] = data;
  });
  return seen;
}
