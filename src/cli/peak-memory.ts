/**
 * How much memory a program and all that it has started have taken at most, where the system says (Linux).
 */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Bytes: the largest resident set of each process, added up. Pages that several of them share count several times, and
 * memory of a graphics card not at all.
 * @returns null on other systems
 */
export function peakOfTree(root: number): number | null {
  if (process.platform !== 'linux') return null;
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const processes = all.map(readStatus).filter((status) => status !== undefined);
  const tree = new Set([root]);
  // Children may come before their parents.
  for (let before = 0; before < tree.size; ) {
    before = tree.size;
    for (const { pid, parent } of processes) if (tree.has(parent)) tree.add(pid);
  }
  return processes.reduce((sum, { pid, peak }) => sum + (tree.has(pid) ? peak : 0), 0);
}

/** Bytes: the largest resident set of one process alone; quick enough to be asked often. @returns null where nobody says */
export function peakOfProcess(pid: number): number | null {
  return process.platform === 'linux' ? (readStatus(String(pid))?.peak ?? null) : null;
}

/** Undefined for one that has ended meanwhile. */
function readStatus(name: string) {
  try {
    const text = readFileSync(`/proc/${name}/status`, 'utf8');
    const field = (key: string) => Number(new RegExp(`^${key}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return { pid: Number(name), parent: field('PPid'), peak: field('VmHWM') * 1024 };
  } catch {
    return undefined;
  }
}
