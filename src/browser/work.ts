/**
 * A request that is being worked on: how it is told to stop, and what it tells meanwhile.
 */
import type { ProgressAnswer } from './protocol.ts';

export interface Work {
  readonly signal: AbortSignal;
  progress(what: ProgressAnswer['what']): (done: number, total: number) => void;
  piece(text: string, token: number | undefined): void;
}
