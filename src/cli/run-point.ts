/**
 * One point of a sweep in a process of its own, so that peaks do not mix, watched so that it does not take more memory
 * than it may.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bytesText } from '../evaluate/bytes-text.ts';
import type { PointResult } from '../evaluate/sweep-record.ts';
import { InterruptedError } from './exit.ts';
import { availableMemory } from './machine-memory.ts';
import { peakOfProcess } from './peak-memory.ts';
import type { PointEnd } from './point-end.ts';
import { pointEnd } from './point-end.ts';

export interface PointWatch {
  /** Bytes that the process may take. */
  readonly limitBytes: number;
  readonly signal: AbortSignal;
  /** Tokens of a row generated so far, and in all runs. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const lookEvery = 50; // milliseconds

/**
 * Runs `mamba-ts ARGS`, which must end with a {@link PointResult} as JSON on its stdout.
 * @throws InterruptedError when the signal is aborted; the process is gone then
 */
export async function runPoint(args: readonly string[], watch: PointWatch): Promise<PointResult> {
  const { limitBytes, signal, onProgress } = watch;
  if (signal.aborted) throw new InterruptedError();
  const roomBytes = Math.min(limitBytes, availableMemory());
  const child = startChild(args);
  let tooLarge: number | undefined;
  let lastBytes: number | null = null;
  const look = setInterval(() => {
    const bytes = child.pid === undefined ? null : peakOfProcess(child.pid);
    if (bytes === null) return;
    lastBytes = bytes;
    if (bytes <= limitBytes) return;
    tooLarge = bytes;
    child.kill('SIGKILL');
  }, lookEvery);
  const stop = () => child.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  child.on('message', ({ done, total }: { done: number; total: number }) => onProgress?.(done, total));
  try {
    const ended = await endOf(child);
    if (signal.aborted) throw new InterruptedError();
    if (tooLarge === undefined) return pointEnd({ ...ended, lastBytes, roomBytes });
    const [at, limit] = [
      bytesText(tooLarge, { digits: 2, round: 'up' }),
      bytesText(limitBytes, { digits: 2, round: 'down' }),
    ];
    return { status: 'out of memory', reason: `ended at ${at}, there are ${limit}` };
  } finally {
    clearInterval(look);
    signal.removeEventListener('abort', stop);
  }
}

/** The same program again; from its sources where this one runs from them. It ends when this process is gone (stdin, IPC). */
function startChild(args: readonly string[]): ChildProcess {
  const sources = import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(sources ? './main.ts' : './main.js', import.meta.url));
  const loader = sources ? ['--import=tsx'] : [];
  return spawn(process.execPath, [...loader, main, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
}

type Ended = Pick<PointEnd, 'code' | 'killed' | 'stdout' | 'stderr'>;

function endOf(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (part) => {
    stdout += part;
  });
  child.stderr!.on('data', (part) => {
    stderr = (stderr + part).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killed) => resolve({ code, killed, stdout, stderr }));
  });
}
