/**
 * A progress bar on stderr, only where somebody watches: not in files, pipes and logs.
 */
import { stripVTControlCharacters, styleText } from 'node:util';

export interface Progress {
  /** Tokens done and in all; a note stands behind the rate. */
  update(done: number, total: number, note?: string): void;
  /** Takes the bar away. */
  clear(): void;
}

const width = 30;
const patience = 500; // milliseconds before a bar appears, so that short work shows none

/** @param unit what is counted */
export function createProgress(label: string, unit = 'tokens'): Progress {
  if (!process.stderr.isTTY) return { update() {}, clear() {} };
  const start = performance.now();
  let drawn = false;
  return {
    update(done, total, note = '') {
      const milliseconds = performance.now() - start;
      if (!drawn && milliseconds < patience) return;
      drawn = true;
      const bar = barText(label, unit, done, total, milliseconds / 1000);
      process.stderr.write(`\r\u001b[K${note === '' ? bar : fitting(`${bar}  ${note}`)}`);
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

function barText(label: string, unit: string, done: number, total: number, seconds: number): string {
  const filled = Math.floor((width * done) / total);
  const bar = styleText('cyan', '█'.repeat(filled), { stream: process.stderr }) + '░'.repeat(width - filled);
  const percent = Math.floor((100 * done) / total);
  return `${label} ${bar} ${percent} %  ${rateText(done / seconds)} ${unit}/s`;
}

/** A line that would wrap could not be drawn over. Colours take no room. */
function fitting(line: string): string {
  const columns = process.stderr.columns ?? 80;
  const colours = line.length - stripVTControlCharacters(line).length;
  return line.slice(0, columns - 1 + colours);
}

/** Three digits, more or less: 812, 45.2 million. */
function rateText(rate: number): string {
  return rate < 1e6 ? String(Math.round(rate)) : `${(rate / 1e6).toFixed(1)} million`;
}
