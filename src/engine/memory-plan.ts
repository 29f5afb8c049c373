/**
 * Whether a model fits, in which dtype, and over how many memories: decided from its config, before anything is read.
 */
import { tensorTable } from '../checkpoint/index.ts';
import type { MambaConfig } from '../reference/types.ts';
import type { WeightDtype } from './backend.ts';
import { OutOfMemoryError } from './errors.ts';
import { activationBytes, residentWeightBytes, stateBytes, weightBytes } from './resident-bytes.ts';

/** In this order a default is looked for. */
const preferred: readonly WeightDtype[] = ['f32', 'bf16', 'q8_0'];
/** The default leaves this much of the free memory to others. */
const shareOfFree = 0.6;

export interface Room {
  /** Bytes the machine has free. */
  readonly freeBytes: number;
  readonly sequences: number;
  /** Rows of a chunk. */
  readonly rows: number;
}

/** Weights, states and activations, in bytes. */
export function modelBytes(config: MambaConfig, dtype: WeightDtype, { sequences, rows }: Room): number {
  return residentWeightBytes(config, dtype) + sequences * stateBytes(config) + activationBytes(config, rows);
}

/** The first of f32, bf16, q8_0 that fits 60 % of the free memory, or the smallest. */
export function defaultDtype(config: MambaConfig, room: Room): WeightDtype {
  const fits = (dtype: WeightDtype) => modelBytes(config, dtype, room) <= shareOfFree * room.freeBytes;
  return preferred.find(fits) ?? 'q8_0';
}

/** @throws OutOfMemoryError with the numbers, naming a dtype that would fit if there is one */
export function expectFits(config: MambaConfig, dtype: WeightDtype, room: Room): void {
  const needed = modelBytes(config, dtype, room);
  if (needed <= room.freeBytes) return;
  const smaller = preferred.find((other) => modelBytes(config, other, room) <= room.freeBytes);
  const hint = smaller === undefined ? 'no dtype fits' : `--dtype ${smaller} fits`;
  const sizes = `${gigabytes(needed)} in ${dtype}, this machine has ${gigabytes(room.freeBytes)} free`;
  throw new OutOfMemoryError(`the model needs ${sizes}; ${hint}`);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** One WebAssembly memory holds 4 GiB; the rest is for activations, programs and what is held while loading. */
export const memoryCapacity = 2 ** 32 - 2 ** 28;

/**
 * Splits the layers over memories of `capacity` bytes, as few as possible, each as full as possible.
 * @returns the layers of each: from … to − 1
 * @throws OutOfMemoryError when one layer, or the embedding, is larger than a memory
 */
export function splitLayers(
  config: MambaConfig,
  dtype: WeightDtype,
  { sequences, rows }: Room,
  capacity = memoryCapacity,
): { readonly from: number; readonly to: number }[] {
  const layerBytes = new Array<number>(config.nLayer).fill((sequences * stateBytes(config)) / config.nLayer);
  let endBytes = 0; // the embedding, or embedding and head: on the first and on the last stage
  for (const slot of tensorTable(config)) {
    if (slot.layer === undefined) endBytes += weightBytes(slot, dtype);
    else layerBytes[slot.layer]! += weightBytes(slot, dtype);
  }
  const always = endBytes + activationBytes(config, rows);
  const stages: { from: number; to: number }[] = [];
  let from = 0;
  let bytes = always;
  for (let layer = 0; layer < config.nLayer; layer++) {
    if (always + layerBytes[layer]! > capacity) {
      throw new OutOfMemoryError(`layer ${layer} and the embedding need more than one memory of ${capacity} bytes`);
    }
    if (bytes + layerBytes[layer]! > capacity) {
      stages.push({ from, to: layer });
      from = layer;
      bytes = always;
    }
    bytes += layerBytes[layer]!;
  }
  stages.push({ from, to: config.nLayer });
  return stages;
}
