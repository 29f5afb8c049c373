/** Runs the command line as its users do: another process, its streams and its exit code. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

export function startCli(args: readonly string[], { env = {} }: RunOptions = {}): ChildProcessWithoutNullStreams {
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

export function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = startCli(args, options);
  child.stdin.on('error', () => {}); // it may end before it has read all
  child.stdin.end(options.stdin ?? '');
  return ended(child);
}
