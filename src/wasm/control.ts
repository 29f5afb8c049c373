/**
 * The control block, mirror of assembly/control.ts: where each word lies, counted in bytes from its start.
 */
export const control = {
  job: 0,
  program: 4,
  length: 8,
  claimed: 12,
  arrived: 16,
  generation: 20,
  stop: 24,
  ready: 28,
  scratch: 32,
  waiting: 36,
} as const;

/** Bytes of the block, and of the scratch that every thread has to itself. */
export const controlBytes = 64;
export const scratchBytes = 262144;

/** Most threads: the job's word has 8 bits for their number, and nobody has more than this to gain. */
export const mostThreads = 64;
