/**
 * Whether a model fits, in which dtype, and over how many memories: decided from its config, before anything is read.
 */
import type { ModelConfig } from './architecture.ts';
import type { WeightDtype } from './backend.ts';
import { OutOfMemoryError } from './errors.ts';
import type { AttentionOptions } from './gpt-neo-architecture.ts';
import { headBytes } from './head.ts';
import { architectureOf } from './model-architecture.ts';
import { weightBytes } from './resident-bytes.ts';
import type { LayerRange } from './stage.ts';
import { rowsOfChunk } from './turns.ts';

/** In this order a default is looked for. */
const preferred: readonly WeightDtype[] = ['f32', 'bf16', 'q8_0'];
/** The default leaves this much of the free memory to others. */
const shareOfFree = 0.6;
/** One WebAssembly memory holds 4 GiB; the rest is for programs and what is held while loading. */
export const memoryCapacity = 2 ** 32 - 2 ** 28;

export interface Room extends AttentionOptions {
  /** Bytes the machine has free. */
  readonly freeBytes: number;
  readonly sequences: number;
  /** Rows that a device takes in a chunk at most. */
  readonly chunkRows: number;
  /** Bytes of one memory, default {@link memoryCapacity}. */
  readonly capacity?: number;
}

/** Weights, states, activations and head, in bytes, over as many memories as it takes. */
export function modelBytes(config: ModelConfig, dtype: WeightDtype, room: Room): number {
  const bytesOf = stageBytes(config, dtype, room);
  const inOne = bytesOf({ from: 0, to: config.nLayer });
  if (inOne > room.freeBytes) return inOne; // too much already
  return planStages(config, bytesOf, room)?.reduce((sum, range) => sum + bytesOf(range), 0) ?? inOne;
}

/** The first of f32, bf16, q8_0 that fits 60 % of the free memory, or the smallest. */
export function defaultDtype(config: ModelConfig, room: Room): WeightDtype {
  const less = { ...room, freeBytes: shareOfFree * room.freeBytes };
  return preferred.find((dtype) => fits(config, dtype, less)) ?? 'q8_0';
}

/** @throws OutOfMemoryError with the numbers, naming a batch or a dtype that would fit if there is one */
function expectFits(config: ModelConfig, dtype: WeightDtype, room: Room): void {
  if (fits(config, dtype, room)) return;
  const needed = modelBytes(config, dtype, room);
  const { sequences, freeBytes, capacity = memoryCapacity } = room;
  const what = sequences === 1 ? 'the model needs' : `the model with ${sequences} sequences (--batch) needs`;
  const limit =
    needed > freeBytes
      ? `this machine has ${gigabytes(freeBytes)} free`
      : `and one memory, which must hold a layer or the head, has ${gigabytes(capacity)}`;
  throw new OutOfMemoryError(`${what} ${gigabytes(needed)} in ${dtype}, ${limit}; ${remedy(config, dtype, room)}`);
}

/**
 * Splits the layers over memories, as few as possible, each as full as possible.
 * @throws OutOfMemoryError when the model does not fit
 */
export function splitLayers(config: ModelConfig, dtype: WeightDtype, room: Room): readonly LayerRange[] {
  expectFits(config, dtype, room);
  return planStages(config, stageBytes(config, dtype, room), room)!;
}

function fits(config: ModelConfig, dtype: WeightDtype, room: Room): boolean {
  const bytesOf = stageBytes(config, dtype, room);
  if (bytesOf({ from: 0, to: config.nLayer }) > room.freeBytes) return false;
  const stages = planStages(config, bytesOf, room);
  return stages !== undefined && stages.reduce((sum, range) => sum + bytesOf(range), 0) <= room.freeBytes;
}

/** What would fit instead: powers of two for the batch, as free memory is never twice the same. */
function remedy(config: ModelConfig, dtype: WeightDtype, room: Room): string {
  let batch = 0;
  for (let s = 1; s < room.sequences && fits(config, dtype, { ...room, sequences: s }); s *= 2) batch = s;
  if (batch > 0) return `--batch ${batch} fits`;
  const smaller = preferred.find((other) => fits(config, other, { ...room, sequences: 1 }));
  if (smaller === undefined) return 'no dtype fits';
  return `--dtype ${smaller}${room.sequences > 1 ? ' with --batch 1' : ''} fits`;
}

/** For people: 11.6 GB. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Bytes of a stage. The first one has the embedding, the last one norm and head, for which a tied one has it again. */
function stageBytes(config: ModelConfig, dtype: WeightDtype, room: Room): (range: LayerRange) => number {
  const { sequences, chunkRows } = room;
  const architecture = architectureOf(config, room);
  const { nLayer, embeddings, tiedHead } = architecture;
  const bytes = {
    layer: sequences * architecture.layerStateBytes,
    table: 0,
    first: 0,
    end: headBytes(architecture, sequences),
  };
  for (const slot of architecture.slots(Math.min(1, nLayer))) {
    const place = embeddings.indexOf(slot.field);
    const part = slot.layer !== undefined ? 'layer' : place === 0 ? 'table' : place > 0 ? 'first' : 'end';
    bytes[part] += weightBytes(slot, dtype);
  }
  const activations = architecture.activationBytes(Math.max(sequences, rowsOfChunk(architecture, chunkRows)));
  return ({ from, to }) => {
    const [first, last] = [from === 0, to === nLayer];
    const tables = (first || (last && tiedHead) ? bytes.table : 0) + (first ? bytes.first : 0);
    return (to - from) * bytes.layer + tables + (last ? bytes.end : 0) + activations;
  };
}

/** Undefined when a stage with one layer is larger than a memory. */
function planStages(
  { nLayer }: ModelConfig,
  bytesOf: (range: LayerRange) => number,
  { capacity = memoryCapacity }: Room,
): readonly LayerRange[] | undefined {
  const stages: LayerRange[] = [];
  let from = 0;
  do {
    let to = nLayer;
    while (to > from && bytesOf({ from, to }) > capacity) to--;
    if (to === from && bytesOf({ from, to: nLayer }) > capacity) return undefined;
    stages.push({ from, to });
    from = to;
  } while (from < nLayer);
  return stages;
}
