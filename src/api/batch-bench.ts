/**
 * Times a model: prompts read at once, then tokens one by one, for one sequence or several.
 */
import { Engine } from '../engine/engine.ts';
import type { LanguageModel } from '../generation/language-model.ts';
import type { Floats } from '../reference/types.ts';

export interface BenchRun {
  readonly promptLength: number;
  readonly genLength: number;
  readonly repeats: number;
  readonly signal?: AbortSignal | undefined;
  /** Runs done and in all, the warm-up among them. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Medians over the repeats. */
export interface BenchTimes {
  readonly prefillSeconds: number;
  readonly decodeSeconds: number;
}

export interface BenchSubject {
  readonly name: string;
  readonly backend: string;
  readonly device: string;
  readonly dtype: string;
  readonly threads: number;
  run(options: BenchRun): Promise<BenchTimes>;
  dispose(): void;
}

/** What is timed: reads ids into every sequence, and gives each one's logits. */
type Read = (ids: readonly (readonly number[])[], signal?: AbortSignal) => Promise<readonly Floats[]>;

export function createBatchBench(name: string, subject: Engine | LanguageModel, dispose?: () => void): BenchSubject {
  const engine = subject instanceof Engine;
  const sequences = engine ? subject.sequences : 1;
  const vocabSize = engine ? subject.config.vocabSize : subject.vocabSize;
  const read: Read = engine
    ? async (ids, signal) => (await subject.read(ids, { signal })) as Float32Array[]
    : async ([ids], signal) => [await subject.prefill(ids!, { signal })];
  const reset = async () => {
    if (!engine) return subject.reset();
    for (let s = 0; s < sequences; s++) subject.reset(s);
  };
  return {
    name,
    backend: engine ? subject.name : subject.backend,
    device: subject.device,
    dtype: subject.dtype,
    threads: Number(/(\d+) thread/.exec(subject.device)?.[1] ?? 1),
    run: (options) => timeRuns(read, reset, sequences, vocabSize, options),
    dispose: dispose ?? (() => engine && subject.dispose()),
  };
}

async function timeRuns(
  read: Read,
  reset: () => Promise<void>,
  sequences: number,
  vocabSize: number,
  { promptLength, genLength, repeats, signal, onProgress }: BenchRun,
): Promise<BenchTimes> {
  const prompts = Array.from({ length: sequences }, (_, s) =>
    Array.from({ length: promptLength }, (_, t) => (100 + s + t * 7919) % vocabSize),
  );
  const prefills: number[] = [];
  const decodes: number[] = [];
  for (let run = 0; run <= repeats; run++) {
    signal?.throwIfAborted();
    await reset();
    const start = performance.now();
    let logits = await read(prompts, signal);
    const middle = performance.now();
    for (let t = 0; t < genLength; t++) {
      signal?.throwIfAborted();
      logits = await read(logits.map((row) => [largest(row)]));
    }
    const end = performance.now();
    if (run > 0) {
      prefills.push((middle - start) / 1000);
      decodes.push((end - middle) / 1000);
    }
    onProgress?.(run + 1, repeats + 1);
  }
  return { prefillSeconds: median(prefills), decodeSeconds: median(decodes) };
}

function largest(row: Floats): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
