/**
 * How far a pull is: a bar of all bytes that this run loads, with the file it is at.
 */
import type { PullPlan, PullProgress } from '../hub/index.node.ts';
import { sizeText } from '../hub/index.node.ts';
import { createProgress } from './progress.ts';

export interface PullBar {
  start(plan: PullPlan): void;
  update(progress: PullProgress): void;
  clear(): void;
}

const drawEvery = 100; // milliseconds

export function createPullProgress(): PullBar {
  let bar = createProgress('pull', 'bytes');
  let here = 0;
  let drawn = 0;
  return {
    start({ bytes, missingBytes }) {
      bar = createProgress('pull', 'bytes');
      here = bytes - missingBytes;
    },
    update({ file, fileDone, fileBytes, done, bytes }) {
      const now = performance.now();
      if (now - drawn < drawEvery && done < bytes) return;
      drawn = now;
      const note = `${file} ${sizeText(fileDone)} of ${sizeText(fileBytes)}, in all ${sizeText(done)} of ${sizeText(bytes)}`;
      // What was here before is no work of this run, and would make the rate a wrong one.
      if (bytes > here) bar.update(Math.max(0, done - here), bytes - here, note);
    },
    clear: () => bar.clear(),
  };
}
