/**
 * The settings that the points of a sweep share, as flags: from them, and back to them.
 */
import { flatSettings } from '../evaluate/parse-sweep.ts';
import type { SweepSettings } from '../evaluate/sweep-record.ts';
import type { ScriptFlags } from './evaluate-options.ts';
import { scriptSampling } from './evaluate-options.ts';
import { UsageError } from './exit.ts';

/** A sweep holds its weights in one dtype, so that its points can be compared: f32 unless another is named. */
export function sweepSettings(flags: ScriptFlags): SweepSettings {
  const { promptlen: promptLength, genlen: genLength, backend, dtype = 'f32', threads = null } = flags;
  return {
    ...{ promptLength, genLength, backend, dtype, threads, attention: flags.attn_implementation },
    ...{ localWindows: flags.as !== 'blog', sampling: scriptSampling(flags) },
  };
}

/** The settings whose flag has another name, or is absent for one value. */
const flagNames: Readonly<Record<string, string>> = {
  ...{ promptLength: 'promptlen', genLength: 'genlen', attention: 'attn_implementation' },
  ...{ repetitionPenalty: 'repetition-penalty' },
};

/** As on a command line: `--genlen 3`, `no --threads`. */
function flagText(name: string, value: unknown): string {
  if (name === 'localWindows') return value === true ? 'no --as blog' : '--as blog';
  const flag = `--${flagNames[name] ?? name}`;
  return value === null || value === undefined ? `no ${flag}` : `${flag} ${value}`;
}

/** @throws UsageError that names the flags in which two sweeps differ */
export function expectSameSettings(folder: string, before: SweepSettings, now: SweepSettings): void {
  const [old, wanted] = [flatSettings(before), flatSettings(now)];
  const different = Object.keys({ ...old, ...wanted }).filter((name) => old[name] !== wanted[name]);
  if (different.length === 0) return;
  const text = (settings: Readonly<Record<string, unknown>>) =>
    different.map((name) => flagText(name, settings[name])).join(', ');
  throw new UsageError(
    `--out ${folder} expected the settings it was made with, ${text(old)}, got ${text(wanted)}; take another folder`,
  );
}
