/**
 * What the page asks of its Worker, and what comes back: an engine session and the suite, by structured clones.
 */
import type { BenchRun, BenchTimes } from '../api/batch-bench.ts';
import type { ModelState } from '../generation/model-state.ts';
import type { Floats } from '../reference/types.ts';
import type { EnginePlan } from './engine-session.ts';
import type { Verified } from './verify.ts';

/** A model as it looks from outside when it is ready. */
export interface ReadyModel {
  readonly vocabSize: number;
  readonly backend: string;
  readonly device: string;
  readonly dtype: string;
  readonly fingerprint: string | undefined;
  readonly residentBytes: number;
}

/** Each call as a function. */
export interface WorkerCalls {
  open(plan: EnginePlan): ReadyModel;
  reset(): void;
  prefill(ids: ArrayLike<number>): Floats;
  step(id: number): Floats;
  crossEntropy(lists: { readonly ids: ArrayLike<number>; readonly targets: ArrayLike<number> }): Float64Array;
  state(): ModelState;
  restore(state: ModelState): void;
  bench(run: Omit<BenchRun, 'signal' | 'onProgress'>): BenchTimes;
  verify(problems: number): Verified;
}

export type ArgumentOf<C extends CallName> = Parameters<WorkerCalls[C]>[0];
export type ReplyOf<C extends CallName> = ReturnType<WorkerCalls[C]>;

export type CallName = keyof WorkerCalls;

export type WorkerRequest =
  | { readonly id: number; readonly call: CallName; readonly argument: unknown }
  | { readonly id: number; readonly call: 'abort' };

export type WorkerAnswer =
  | { readonly id: number; readonly done: number; readonly total: number }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };
