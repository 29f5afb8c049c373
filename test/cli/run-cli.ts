/**
 * Runs the command line: as its users do, in a process of its own, or here in this one, which is much faster.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `node --import tsx src/cli/main.ts ARGS` without the colour settings of this process. */
export function startCli(args: readonly string[], { env = {} }: SpawnOptions = {}): ChildProcessWithoutNullStreams {
  const { FORCE_COLOR: _, NO_COLOR: __, MAMBA_TS_DEBUG: ___, ...inherited } = process.env;
  return spawn(process.execPath, ['--import', 'tsx', main, ...args], { env: { ...inherited, ...env } });
}

export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk) => stdout.push(chunk));
  child.stderr.on('data', (chunk) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

/** Runs the command line in a process of its own, to its end. */
export function spawnCli(args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const child = startCli(args, options);
  child.stdin.on('error', () => {}); // it may end before it has read all
  child.stdin.end(options.stdin ?? '');
  return ended(child);
}

export interface HereOptions {
  /** Sees each part of stdout; what it throws is the error of that write. */
  readonly onResult?: (part: string, pressCtrlC: () => void) => void;
  /** Sees each part of stderr. */
  readonly onNote?: (part: string, pressCtrlC: () => void) => void;
  /** Milliseconds from the start of the work to Ctrl-C. */
  readonly ctrlCAfter?: number;
}

/** Runs the command line in this process, without stdin. One at a time: it watches stdout and stderr. */
export async function runHere(args: readonly string[], options: HereOptions = {}): Promise<Ended> {
  const { onResult = () => {}, onNote = () => {}, ctrlCAfter } = options;
  const controller = new AbortController();
  const pressCtrlC = () => controller.abort();
  const takeSignal = () => {
    if (ctrlCAfter !== undefined) setTimeout(pressCtrlC, ctrlCAfter);
    return controller.signal;
  };
  let stdout = '';
  let stderr = '';
  const spies = [
    spyOnWrite('stdout', (part) => {
      stdout += part;
      onResult(part, pressCtrlC);
    }),
    spyOnWrite('stderr', (part) => {
      stderr += part;
      onNote(part, pressCtrlC);
    }),
  ];
  try {
    const code = await runProgram(args, { takeSignal, exitCode: 130 });
    return { code, stdout, stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Takes what is written to a stream of this process. */
export function spyOnWrite(name: 'stdout' | 'stderr', take: (part: string) => void) {
  const write = (part: string | Uint8Array, done?: unknown) => {
    let error: unknown;
    try {
      take(String(part));
    } catch (thrown) {
      error = thrown;
    }
    if (typeof done === 'function') done(error);
    return true;
  };
  return vi.spyOn(process[name], 'write').mockImplementation(write as typeof process.stdout.write);
}
