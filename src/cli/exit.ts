/**
 * How the program ends: exit codes are a contract, and every failure is one line on stderr.
 */
import { styleText } from 'node:util';
import { CommanderError } from 'commander';
import { UnsupportedError } from '../engine/errors.ts';
import { cacheCure } from './cache-cure.ts';
import { isBrokenPipe } from './output.ts';
import { printable } from './printable.ts';

/** 128 + the number of SIGHUP, SIGINT (Ctrl-C), SIGTERM. */
const interruptions = { hungUp: 129, interrupted: 130, terminated: 143 };
export const exitCode = { ok: 0, failure: 1, usage: 2, mismatch: 3, unavailable: 69, ...interruptions } as const;

/** The command line is wrong: exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A check found what it was looking for: exit 3. */
export class MismatchError extends Error {
  override readonly name = 'MismatchError';
}

/** The backend exists, but not here or not yet: exit 69. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** Ctrl-C or another signal: exit 130, 143 or 129, nothing more to say. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/**
 * Says on stderr what went wrong, in one line, and returns the exit code. MAMBA_TS_DEBUG=1 adds the stack.
 * @param interrupted the code of an InterruptedError
 */
export function reportError(error: unknown, interrupted: number = exitCode.interrupted): number {
  // `| head` closed our stdout: it has what it wanted.
  if (isBrokenPipe(error)) return exitCode.ok;
  if (error instanceof InterruptedError) return interrupted;
  // Commander has printed its own line, or the help and version that were asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;

  const message = (error instanceof Error ? error.message : String(error)) + cacheCure(error);
  process.stderr.write(`${styleText('red', 'error:', { stream: process.stderr })} ${printable(message)}\n`);
  if (process.env.MAMBA_TS_DEBUG === '1' && error instanceof Error) {
    for (const line of (error.stack ?? '').split('\n')) process.stderr.write(`${printable(line)}\n`);
  }
  if (error instanceof UsageError) return exitCode.usage;
  if (error instanceof MismatchError) return exitCode.mismatch;
  const unavailable = error instanceof UnavailableError || error instanceof UnsupportedError;
  return unavailable ? exitCode.unavailable : exitCode.failure;
}
