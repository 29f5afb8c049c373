/**
 * Where things are printed: results on stdout, everything else on stderr.
 */
import { setTimeout } from 'node:timers/promises';
import { printable } from './printable.ts';

/** Milliseconds. */
const hangupPatience = 20;

/** Writes a part of the result, and waits when the reader is slow. Rejects when nobody reads any more (EPIPE). */
export function writeResult(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** The same for a judgement, which the exit code tells too: it is not lost on a reader who has closed the pipe. */
export async function writeJudgement(text: string): Promise<void> {
  await writeResult(text).catch((error: unknown) => {
    if (!isBrokenPipe(error)) throw error;
  });
}

/** Nobody reads stdout any more: `| head`. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

/**
 * The same for work that still has something to keep after a signal: a terminal that is closed takes no text (EIO), and
 * the SIGHUP that says so may come a little later.
 */
export async function writeUnlessAborted(text: string, signal: AbortSignal): Promise<void> {
  await writeResult(text).catch(async (error: unknown) => {
    if (!signal.aborted) await setTimeout(hangupPatience);
    if (!signal.aborted) throw error;
  });
}

export function writeNote(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** Failed writes are handled where they happen; without a listener Node would end the program with a stack trace. */
export function ignoreStreamErrors(): void {
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}
