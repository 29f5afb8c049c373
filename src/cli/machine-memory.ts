/**
 * How much memory this program may use: of the machine, or of the container it is in.
 */
import { totalmem } from 'node:os';
import { freeMemory } from '../api/free-memory.node.ts';

/** Bytes in all. */
export function machineMemory(): number {
  const limit = process.constrainedMemory(); // 0, or a number beyond all memory, where there is no limit
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** Bytes that are free now, without pushing anything out. */
export function availableMemory(): number {
  return Math.min(freeMemory(), machineMemory());
}
