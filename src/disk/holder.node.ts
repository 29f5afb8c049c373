/**
 * Who holds a lock, and whether that process still lives.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Holder {
  /** Names this one taking of the lock. */
  readonly nonce: string;
  readonly pid: number;
  /** Where the process id means something: the machine, and on Linux the container's id space. */
  readonly place: string;
  /** When the process started, in the system's own unit, so that a reused id is not taken for it; "" where unknown. */
  readonly start: string;
}

export function thisHolder(nonce: string): Holder {
  return { nonce, pid: process.pid, place: thisPlace(), start: startOf(process.pid) };
}

/** What a lock file says, or undefined when it says nothing (yet) that can be understood. */
export function parseHolder(text: string): Holder | undefined {
  const [nonce, pid, start, place, ...more] = text.split('\n');
  const known = more.length === 1 && more[0] === '' && /^\d+$/.test(pid ?? '');
  return known ? { nonce: nonce!, pid: Number(pid), start: start!, place: place! } : undefined;
}

export function holderText({ nonce, pid, start, place }: Holder): string {
  return `${nonce}\n${pid}\n${start}\n${place}\n`;
}

/** True only where it is certain: same id space, and no such process or another one under its id. */
export function isDead({ pid, place, start }: Holder): boolean {
  if (place !== thisPlace()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return start !== '' && start !== startOf(pid);
}

function thisPlace(): string {
  return `${hostname()} ${attempt(() => readlinkSync('/proc/self/ns/pid'))}`.replaceAll('\n', ' ');
}

/** Linux: field 22 of /proc/PID/stat, counted behind the name in brackets, and the boot it is counted from. */
function startOf(pid: number): string {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  if (ticks === undefined) return '';
  return `${ticks} ${attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')).trim()}`;
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
