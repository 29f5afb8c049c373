/**
 * How far a pull is: a bar of all bytes that this run loads, with the file it is at.
 */
import type { HubOptions, PullPlan, PullProgress } from '../hub/index.node.ts';
import { sizeText } from '../hub/index.node.ts';
import { writeNote } from './output.ts';
import { createProgress } from './progress.ts';

export interface PullBar {
  start(plan: PullPlan): void;
  update(progress: PullProgress): void;
  clear(): void;
}

const bytesPerSecond = (rate: number) => `${sizeText(Math.round(rate))}/s`;

const drawEvery = 100; // milliseconds

export function createPullProgress(): PullBar {
  let bar = createProgress('pull', bytesPerSecond);
  let here = 0;
  let drawn = 0;
  return {
    start({ bytes, missingBytes }) {
      bar = createProgress('pull', bytesPerSecond);
      here = bytes - missingBytes;
    },
    update({ file, fileDone, fileBytes, done, bytes }) {
      const now = performance.now();
      if (now - drawn < drawEvery && done < bytes) return;
      drawn = now;
      const all = `${sizeText(done)} of ${sizeText(bytes)}`;
      const notes = [`${file} ${sizeText(fileDone)} of ${sizeText(fileBytes)}, in all ${all}`, `${file}, ${all}`, all];
      // What was here before is no work of this run, and would make the rate a wrong one.
      if (bytes > here) bar.update(Math.max(0, done - here), bytes - here, notes);
    },
    clear: () => bar.clear(),
  };
}

/** What a pull tells of itself: how much it is and how much room there is, a bar, and what it waits for. */
export function watchPull(
  progress: PullBar,
): Required<Pick<HubOptions, 'onPlan' | 'onProgress' | 'onWait' | 'onRetry' | 'onStale'>> {
  let told = ''; // the same reason is said once
  return {
    onPlan: (plan) => {
      writeNote(planText(plan));
      progress.start(plan);
    },
    onProgress: progress.update,
    onWait: (file) => writeNote(`${file}: another process is loading it; waiting`),
    onRetry: (reason, waitMs) => {
      if (reason.message === told) return;
      told = reason.message;
      writeNote(`${reason.message}; trying again in ${(waitMs / 1000).toFixed(1)} s`);
    },
    onStale: (reason) => writeNote(`using the cache: ${reason.message}`),
  };
}

function planText({ id, files, bytes, missingBytes, freeBytes }: PullPlan): string {
  const there = bytes - missingBytes;
  const rest = there > 0 ? `, ${sizeText(there)} of them here already` : '';
  const room = Number.isFinite(freeBytes) ? `; room for ${sizeText(freeBytes)}` : '';
  return `${id}: ${files.length} files, ${sizeText(bytes)}${rest}${room}`;
}
