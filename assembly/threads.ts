/**
 * Several threads run one program: they claim units of an operation until none is left, and meet at a barrier before
 * the next one. Whoever waits spins first (a sleeping thread takes some 50 µs to wake) and then sleeps with a time-out.
 *
 * Words of the control block are read and written atomically here, since other threads do the same.
 */
import { Control } from './control';
import { scratchOf } from './control';
import { execute } from './execute';
import { Operation, operationAt } from './operation';

/** Looks at a word before sleeping on it: about 50 µs between two operations, 300 µs between two jobs (measured). */
const barrierSpins: i32 = 50000;
const jobSpins: i32 = 300000;
const nap: i64 = 50000000; // nanoseconds
/** Naps of thread 0 before it lets the host look after the others. */
const patience: i32 = 4;

/**
 * Thread 0: operations start … length − 1 of the program. With `arrived` not 0 it continues after a stall, at the
 * barrier behind operation `start`.
 * @returns the program's length when all is done, else −1 − i: the others have not finished operation i yet
 */
export function runThreads(control: Control, start: i32, arrived: i32): i32 {
  const threads = atomic.load<i32>(wordOf(control, offsetof<Control>('job'))) & 255;
  const length = control.length;
  for (let i = start; i < length; i++) {
    if (i > start || arrived == 0) {
      workOn(control, operationAt(control.program, i), scratchOf(control, 0));
      control.waiting = atomic.load<i32>(wordOf(control, offsetof<Control>('generation')));
      if (arriveLast(control, threads)) continue;
    }
    if (!passBarrier(control, control.waiting, patience)) return -1 - i;
  }
  return length;
}

/** Threads 1 …: waits for jobs and takes part in them, until told to stop. */
export function workThreads(control: Control): void {
  const jobWord = wordOf(control, offsetof<Control>('job'));
  // Read before being counted: a job that counts on this thread is then seen as new.
  let seen = atomic.load<i32>(jobWord);
  const thread = 1 + atomic.add<i32>(wordOf(control, offsetof<Control>('ready')), 1);
  while (!stopped(control)) {
    const job = awaitChange(jobWord, seen, jobSpins);
    if (job == seen) continue;
    seen = job;
    if (thread < (job & 255)) takePart(control, thread, job & 255);
  }
}

function takePart(control: Control, thread: i32, threads: i32): void {
  const length = control.length;
  for (let i = 0; i < length; i++) {
    workOn(control, operationAt(control.program, i), scratchOf(control, thread));
    const generation = atomic.load<i32>(wordOf(control, offsetof<Control>('generation')));
    if (arriveLast(control, threads)) continue;
    while (!passBarrier(control, generation, 1)) if (stopped(control)) return;
  }
}

/** Claims units, `grain` at a time, until none is left. */
function workOn(control: Control, operation: Operation, scratch: usize): void {
  const claimed = wordOf(control, offsetof<Control>('claimed'));
  const units = operation.units;
  for (;;) {
    const from = atomic.add<i32>(claimed, operation.grain);
    if (from >= units) return;
    execute(operation, from, min(from + operation.grain, units), scratch);
  }
}

/** The last thread to arrive opens the barrier for the others. */
function arriveLast(control: Control, threads: i32): bool {
  if (atomic.add<i32>(wordOf(control, offsetof<Control>('arrived')), 1) != threads - 1) return false;
  atomic.store<i32>(wordOf(control, offsetof<Control>('arrived')), 0);
  atomic.store<i32>(wordOf(control, offsetof<Control>('claimed')), 0);
  const generation = wordOf(control, offsetof<Control>('generation'));
  atomic.add<i32>(generation, 1);
  atomic.notify(generation, threads);
  return true;
}

/** True once the generation has moved on. */
function passBarrier(control: Control, generation: i32, naps: i32): bool {
  const word = wordOf(control, offsetof<Control>('generation'));
  for (let i = 0; i < naps; i++) {
    if (awaitChange(word, generation, barrierSpins) != generation) return true;
  }
  return false;
}

/** Spins, then sleeps once. @returns the word, possibly unchanged */
function awaitChange(word: usize, old: i32, spins: i32): i32 {
  for (let i = 0; i < spins; i++) {
    const now = atomic.load<i32>(word);
    if (now != old) return now;
  }
  atomic.wait<i32>(word, old, nap);
  return atomic.load<i32>(word);
}

// @ts-ignore: decorator
@inline function stopped(control: Control): bool {
  return atomic.load<i32>(wordOf(control, offsetof<Control>('stop'))) != 0;
}

// @ts-ignore: decorator
@inline function wordOf(control: Control, offset: usize): usize {
  return changetype<usize>(control) + offset;
}
