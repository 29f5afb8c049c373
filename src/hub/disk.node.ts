/**
 * What the disk refuses, in one line that says what to do; and how much room it has.
 */
import { statfs } from 'node:fs/promises';
import { HubError } from './hub-error.ts';

/** The error for a refusal of the file system; anything else as it is. */
export function diskError(path: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (cause instanceof HubError || typeof code !== 'string') return cause;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const cure =
      'make room and run it again, what is there already is kept; or set HF_HOME to a folder on another disk';
    return new HubError('no-space', `no space left for ${path} (${code}); ${cure}`, { cause });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const cure = 'change its permissions, or set HF_HOME to a folder you can write';
    return new HubError('no-permission', `cannot write ${path} (${code}); ${cure}`, { cause });
  }
  return new HubError('disk', `cannot use ${path} (${code}); check HF_HOME and HF_HUB_CACHE`, { cause });
}

/** Does something to a path. @throws HubError for whatever the file system refuses */
export async function onDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw diskError(path, cause);
  }
}

/** Bytes that may still be written into a folder, Infinity where the system does not say. */
export async function freeBytes(folder: string): Promise<number> {
  const found = await statfs(folder).catch(() => undefined);
  return found === undefined ? Number.POSITIVE_INFINITY : found.bavail * found.bsize;
}

/** @throws HubError `no-space` when so many bytes do not fit */
export function expectRoom(folder: string, needed: number, free: number): void {
  if (needed <= free) return;
  const cure = 'make room, or set HF_HOME to a folder on another disk';
  throw new HubError('no-space', `${folder}: expected ${sizeText(needed)} of room, got ${sizeText(free)}; ${cure}`);
}

/** 812 bytes, 45.2 MB, 5.6 GB: decimal units, as the hub has them. */
export function sizeText(bytes: number): string {
  if (bytes < 1e3) return `${bytes} bytes`;
  const [unit, power] = bytes < 999_950 ? ['kB', 1e3] : bytes < 999_950_000 ? ['MB', 1e6] : (['GB', 1e9] as const);
  return `${(bytes / Number(power)).toFixed(1)} ${unit}`;
}
