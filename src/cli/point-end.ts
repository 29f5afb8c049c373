/**
 * What became of a point's process, from how it has ended.
 */
import { bytesText } from '../evaluate/bytes-text.ts';
import type { PointResult } from '../evaluate/sweep-record.ts';

export interface PointEnd {
  readonly code: number | null;
  readonly killed: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Its largest resident set when it was last looked at; null where nobody says. */
  readonly lastBytes: number | null;
  /** Bytes that there were for it when it started. */
  readonly roomBytes: number;
}

/** A process that had taken so much of its room is taken for ended by the system, which does that where memory ends. */
const nearlyAll = 0.8;

/** A kill alone is nobody's end of memory: somebody may have killed it, and it is run again. */
export function pointEnd({ code, killed, stdout, stderr, lastBytes, roomBytes }: PointEnd): PointResult {
  if (code === 0) return parsed(stdout);
  const last = stderr.trim().split('\n').at(-1) ?? '';
  if (/heap out of memory|std::bad_alloc/.test(stderr)) return { status: 'out of memory', reason: 'out of heap' };
  if (killed === 'SIGKILL' && lastBytes !== null && lastBytes >= nearlyAll * roomBytes) {
    const held = `${bytesText(lastBytes, { digits: 2 })} of ${bytesText(roomBytes, { digits: 2, round: 'down' })}`;
    return { status: 'out of memory', reason: `killed by SIGKILL with ${held}, as the system does where memory ends` };
  }
  const how = killed === null ? `exit ${code}` : `killed by ${killed}`;
  return { status: 'failed', reason: last === '' ? how : `${how}: ${last}` };
}

function parsed(stdout: string): PointResult {
  try {
    return JSON.parse(stdout) as PointResult;
  } catch {
    return { status: 'failed', reason: `expected a result as JSON, got ${JSON.stringify(stdout.slice(0, 80))}` };
  }
}
