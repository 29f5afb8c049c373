/**
 * One measurement of one model: opened, warmed up, timed, closed.
 */
import type { EvaluatedModel } from '../evaluate/evaluated-model.ts';
import { evaluate, repeats } from '../evaluate/evaluation.ts';
import type { Measurement } from '../evaluate/measurement.ts';
import { figureLines, loadedLines, loadingLine, textsLine } from '../evaluate/script-lines.ts';
import type { ScriptFlags } from './evaluate-options.ts';
import { scriptSampling } from './evaluate-options.ts';
import { evaluatedName, openEvaluated } from './open-evaluated.ts';
import { createProgress } from './progress.ts';

export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** Gets the script's lines as they come. */
  readonly print: (line: string) => Promise<void> | void;
  /** Instead of a bar: tokens of a row generated so far, and in all runs. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** @throws whatever opening and running the model throws */
export async function measure(flags: ScriptFlags, options: MeasureOptions): Promise<Measurement> {
  const { signal, print } = options;
  const name = evaluatedName(flags);
  await print(loadingLine(name));
  const loading = createProgress('load', 'numbers');
  let model: EvaluatedModel | undefined;
  try {
    model = await openEvaluated(flags, { signal, onProgress: loading.update });
    loading.clear();
    const { kind, parameters } = model;
    const attention = kind === 'mamba' ? null : flags.attn_implementation;
    for (const line of loadedLines({ model: name, attention, parameters })) await print(line);
    const { texts, warmUpLength, ...times } = await run(model, flags, options);
    const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
    const { seconds, promptLength, genLength } = times;
    for (const line of figureLines({ promptLength, genLength: warmUpLength, seconds, peakMemoryBytes }))
      await print(line);
    return {
      ...{ model: name, kind, attention, parameters, backend: model.backend, device: model.device, dtype: model.dtype },
      ...{ threads: threadsOf(model), ...times, repeats, tokensPerSecond: (times.batch * genLength) / seconds },
      ...{ peakMemoryBytes, ...(texts !== undefined && { texts }) },
    };
  } finally {
    loading.clear();
    await model?.dispose();
  }
}

async function run(model: EvaluatedModel, flags: ScriptFlags, { signal, print, onProgress }: MeasureOptions) {
  const { prompt, promptlen: promptLength, genlen: genLength } = flags;
  const request = { prompt, promptLength, genLength, sampling: scriptSampling(flags) };
  const progress = createProgress('evaluate');
  let texts: readonly string[] | undefined;
  const onTexts = async (decoded: readonly string[]) => {
    progress.clear();
    texts = decoded;
    await print(textsLine(decoded));
  };
  try {
    return {
      ...(await evaluate(model, request, { signal, onProgress: onProgress ?? progress.update, onTexts })),
      texts,
    };
  } finally {
    progress.clear();
  }
}

function threadsOf({ backend, device }: EvaluatedModel): number | null {
  return backend === 'headlessgl' ? null : Number(/(\d+) thread/.exec(device)?.[1] ?? 1);
}
