/**
 * The control block: a few words in linear memory through which the host and all threads speak.
 *
 * word 0  job: (number of the job << 8) | threads that take part; a change starts a job
 *      1  program: where the operation records lie         2  length: how many
 *      3  claimed: units of the running operation that somebody has taken
 *      4  arrived: threads that have finished it            5  generation: how many barriers have opened
 *      6  stop: not 0 ends every worker                     7  ready: workers that wait for jobs
 *      8  scratch: scratchBytes for every thread            9  waiting: the generation thread 0 stalled at
 * The mirror in TypeScript is src/wasm/control.ts.
 */

// @ts-ignore: decorator
@inline export const scratchBytes: usize = 262144;

@unmanaged
export class Control {
  job: i32;
  program: usize;
  length: i32;
  claimed: i32;
  arrived: i32;
  generation: i32;
  stop: i32;
  ready: i32;
  scratch: usize;
  waiting: i32;
}

/** The scratch of one thread. */
// @ts-ignore: decorator
@inline export function scratchOf(control: Control, thread: i32): usize {
  return control.scratch + <usize>thread * scratchBytes;
}
