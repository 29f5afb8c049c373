/**
 * A progress bar on stderr, only where somebody watches: not in files, pipes and logs.
 */
import { styleText } from 'node:util';

export interface Progress {
  /** Tokens done and in all; of the notes, the longest first, the first that there is room for stands behind the rate. */
  update(done: number, total: number, notes?: readonly string[]): void;
  /** Takes the bar away. */
  clear(): void;
}

const widest = 30; // of the bar itself
const patience = 500; // milliseconds before a bar appears, so that short work shows none

/** @param unit what is counted, or the text of so many a second */
export function createProgress(label: string, unit: string | ((rate: number) => string) = 'tokens'): Progress {
  if (!process.stderr.isTTY) return { update() {}, clear() {} };
  const start = performance.now();
  let drawn = false;
  return {
    update(done, total, notes = []) {
      const milliseconds = performance.now() - start;
      if (!drawn && milliseconds < patience) return;
      drawn = true;
      const rate = (1000 * done) / milliseconds;
      const speed = typeof unit === 'string' ? `${rateText(rate)} ${unit}/s` : unit(rate);
      process.stderr.write(`\r\u001b[K${lineText(label, done / total, speed, notes)}`);
    },
    clear() {
      if (drawn) process.stderr.write('\r\u001b[K');
      drawn = false;
    },
  };
}

export interface TextProgress {
  readonly onEncode: Progress['update'];
  readonly onProgress: Progress['update'];
  readonly clear: Progress['clear'];
}

/** Two bars, one after the other: a text becomes tokens, and the model reads them. */
export function createTextProgress(label: string): TextProgress {
  let bar = createProgress('encode', 'characters');
  return {
    onEncode(done, total) {
      bar.update(done, total);
      if (done < total) return;
      bar.clear();
      bar = createProgress(label);
    },
    onProgress: (done, total) => bar.update(done, total),
    clear: () => bar.clear(),
  };
}

/**
 * One line of the terminal: a longer one would wrap, and could not be drawn over. In a narrow one the notes go first, then
 * the bar gets shorter, then the rate goes.
 */
function lineText(label: string, share: number, speed: string, notes: readonly string[]): string {
  const room = (process.stderr.columns || 80) - 1; // a terminal may not know its width, or say 0
  const percent = `${Math.floor(100 * share)} %`;
  const tail = `${percent}  ${speed}`;
  const left = room - `${label}  ${tail}`.length;
  if (left < 1) return [`${label} ${tail}`, `${label} ${percent}`, percent].find(({ length }) => length <= room) ?? '';
  const width = Math.min(widest, left);
  const note = notes.find(({ length }) => length + 2 <= left - width);
  return `${label} ${barText(share, width)} ${tail}${note === undefined ? '' : `  ${note}`}`;
}

function barText(share: number, width: number): string {
  const filled = Math.floor(width * share);
  return styleText('cyan', '█'.repeat(filled), { stream: process.stderr }) + '░'.repeat(width - filled);
}

/** Three digits, more or less: 812, 45.2 million. */
function rateText(rate: number): string {
  return rate < 1e6 ? String(Math.round(rate)) : `${(rate / 1e6).toFixed(1)} million`;
}
