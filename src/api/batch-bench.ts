/**
 * Times a model: prompts read at once, then tokens one by one, for one sequence or several.
 */
import { Engine } from '../engine/engine.ts';
import { tokensAhead } from '../engine/write-ahead.ts';
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

/** Reads an id a sequence and writes the next `tokensAhead`, greedily; each token is the ids of all sequences. */
type Write = (ids: readonly number[]) => Promise<readonly (readonly number[])[]>;

export function createBatchBench(name: string, subject: Engine | LanguageModel, dispose?: () => void): BenchSubject {
  const engine = subject instanceof Engine;
  const sequences = engine ? subject.sequences : 1;
  const vocabSize = engine ? subject.config.vocabSize : subject.vocabSize;
  const read: Read = engine
    ? async (ids, signal) => (await subject.read(ids, { signal })) as Float32Array[]
    : async ([ids], signal) => [await subject.prefill(ids!, { signal })];
  const write = engine && subject.writesAhead ? greedyWriter(subject) : undefined;
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
    run: (options) => timeRuns({ read, write, reset, sequences, vocabSize }, options),
    dispose: dispose ?? (() => engine && subject.dispose()),
  };
}

function greedyWriter(engine: Engine): Write {
  return (ids) => engine.writeAhead(ids, { size: engine.config.vocabSize, scale: 1 });
}

interface Timed {
  readonly read: Read;
  readonly write: Write | undefined;
  readonly reset: () => Promise<void>;
  readonly sequences: number;
  readonly vocabSize: number;
}

async function timeRuns(
  { read, write, reset, sequences, vocabSize }: Timed,
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
    const logits = await read(prompts, signal);
    const middle = performance.now();
    await generate(logits.map(largest), genLength, read, write, signal);
    const end = performance.now();
    if (run > 0) {
      prefills.push((middle - start) / 1000);
      decodes.push((end - middle) / 1000);
    }
    onProgress?.(run + 1, repeats + 1);
  }
  return { prefillSeconds: median(prefills), decodeSeconds: median(decodes) };
}

/** Greedily, as many tokens at a time as the device writes; the rest one by one. */
async function generate(
  first: readonly number[],
  genLength: number,
  read: Read,
  write: Write | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  let ids = first;
  for (let done = 0; done < genLength; ) {
    signal?.throwIfAborted();
    if (write !== undefined && genLength - done >= tokensAhead) {
      ids = (await write(ids)).at(-1)!;
      done += tokensAhead;
    } else {
      ids = (await read(ids.map((id) => [id]))).map(largest);
      done++;
    }
  }
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
