/**
 * What can be said to a pull, and what follows from it and from the environment.
 */
import { freeBytes } from './disk.node.ts';
import type { Client } from './remote-file.ts';
import type { HubSettings } from './settings.node.ts';
import { readSettings } from './settings.node.ts';
import type { Timing } from './timing.ts';
import { defaultTiming } from './timing.ts';

/** What a pull is about to do. */
export interface PullPlan {
  readonly id: string;
  readonly commit: string;
  readonly files: readonly PlannedFile[];
  /** Of all files. */
  readonly bytes: number;
  /** Still to be loaded. */
  readonly missingBytes: number;
  /** Room on the disk. */
  readonly freeBytes: number;
}

export interface PlannedFile {
  /** The model it is of: the tokenizer may be another one's. */
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  /** There before this pull, whole or in part. */
  readonly haveBytes: number;
}

export interface PullProgress {
  readonly file: string;
  readonly fileDone: number;
  readonly fileBytes: number;
  /** Of all files of the plan, with what was there before. */
  readonly done: number;
  readonly bytes: number;
}

export interface HubOptions {
  readonly signal?: AbortSignal | undefined;
  /** Instead of those that the environment says. */
  readonly settings?: Partial<HubSettings> | undefined;
  readonly timing?: Partial<Timing> | undefined;
  /** With the text of config.json, before anything large is loaded; what it throws ends the pull. */
  readonly onConfig?: ((text: string) => void) | undefined;
  /** Before anything large is loaded. */
  readonly onPlan?: ((plan: PullPlan) => void) | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  /** When another process is loading a file that is wanted here. */
  readonly onWait?: ((file: string) => void) | undefined;
  /** When an attempt failed for a reason that may pass, and another follows after so many milliseconds. */
  readonly onRetry?: ((reason: Error, waitMs: number) => void) | undefined;
  /** When the hub could not be reached, and what is in the cache is used as it is. */
  readonly onStale?: ((reason: Error) => void) | undefined;
  /** Room in a folder, in bytes. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
}

export interface Context {
  readonly settings: HubSettings;
  readonly client: Client;
  readonly freeBytes: (folder: string) => Promise<number>;
  readonly options: HubOptions;
  /** What there was, by checksum, of the small files that this pull has loaded before it made its plan. */
  readonly hadBytes: Map<string, number>;
}

export async function openContext(options: HubOptions): Promise<Context> {
  const settings = { ...(await readSettings()), ...options.settings };
  const { endpoint, token } = settings;
  const timing = { ...defaultTiming, ...options.timing };
  const { signal, onRetry } = options;
  const client = { endpoint, token, timing, signal, onRetry };
  return { settings, client, freeBytes: options.freeBytes ?? freeBytes, options, hadBytes: new Map() };
}
