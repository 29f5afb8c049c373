/**
 * The reference's memory: its weights are float64.
 */
import { parameterCount } from '../checkpoint/parameter-count.ts';
import { OutOfMemoryError } from '../engine/errors.ts';
import type { MambaConfig } from '../reference/types.ts';

/** @throws OutOfMemoryError when the weights do not fit */
export function expectRoomForReference(config: MambaConfig, freeBytes: number): void {
  const needed = 8 * parameterCount(config);
  if (needed <= freeBytes) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const problem = `the reference backend needs ${gigabytes(needed)} for weights in float64`;
  throw new OutOfMemoryError(`${problem}, this machine has ${gigabytes(freeBytes)} free; take the wasm backend`);
}
