/**
 * The reference's memory: its weights are float64.
 */
import type { ModelConfig } from '../engine/architecture.ts';
import { OutOfMemoryError } from '../engine/errors.ts';
import { parametersOf } from '../engine/load-estimate.ts';
import { gigabytes } from '../engine/memory-plan.ts';

/** @throws OutOfMemoryError when the weights do not fit */
export function expectRoomForReference(config: ModelConfig, freeBytes: number): void {
  const needed = 8 * parametersOf(config);
  if (needed <= freeBytes) return;
  const problem = `the reference backend needs ${gigabytes(needed)} for weights in float64`;
  throw new OutOfMemoryError(`${problem}, this machine has ${gigabytes(freeBytes)} free; take the wasm backend`);
}
