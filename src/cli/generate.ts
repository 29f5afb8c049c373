/**
 * `mamba-ts generate`: a prompt and its continuation.
 */
import { Command } from 'commander';
import type { Generation } from '../generation/generate.ts';
import { EmptyPromptError, generateText } from '../generation/generate.ts';
import type { Sampling } from '../generation/sampler.ts';
import { defaultSampling } from '../generation/sampler.ts';
import { InterruptedError, UsageError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import type { ModelFlags, OpenedModel } from './model-options.ts';
import { addModelOptions, openModel } from './model-options.ts';
import { aboveZero, atLeastZero, fraction, integerFrom, numberOption, seedRange, zeroToOne } from './number-option.ts';
import { writeNote, writeResult } from './output.ts';
import { createProgress } from './progress.ts';
import { readPromptFromStdin } from './text-input.ts';

interface GenerateFlags extends ModelFlags, Sampling {
  readonly prompt: string;
  readonly maxTokens: number;
  readonly seed?: number;
  readonly json?: boolean;
}

const defaultPrompt = 'ROMEO:';

const examples = `
Examples:
  $ mamba-ts generate --prompt "First Citizen:" --max-tokens 100
  $ mamba-ts generate --temperature 0                       the most likely text, always the same
  $ echo "JULIET:" | mamba-ts generate --prompt - --seed 7  the same seed, the same text
  $ mamba-ts generate --model ./mamba-130m-hf --prompt "Mamba is" --json

The order of sampling: repetition penalty, temperature, top-k, top-p, min-p.`;

export function generateCommand(interrupt: Interrupt): Command {
  const { temperature, topP, topK, minP, repetitionPenalty } = defaultSampling;
  const command = new Command('generate')
    .description('Continue a prompt; stdout gets the prompt, the continuation and a newline.')
    .option('--prompt <text>', 'text to continue; - reads stdin, without one newline at its end', defaultPrompt)
    .addOption(numberOption('--max-tokens', 'n', 'tokens to generate at most', integerFrom(0)).default(256))
    .addOption(numberOption('--temperature', 't', '0 is greedy', atLeastZero).default(temperature))
    .addOption(numberOption('--top-p', 'p', 'keep the likeliest tokens of mass p; 1 is off', fraction).default(topP))
    .addOption(numberOption('--top-k', 'k', 'keep the k likeliest tokens; 0 is off', integerFrom(0)).default(topK))
    .addOption(numberOption('--min-p', 'p', 'keep tokens ≥ p × the likeliest; 0 is off', zeroToOne).default(minP))
    .addOption(numberOption('--repetition-penalty', 'p', '1 is off', aboveZero).default(repetitionPenalty))
    .addOption(numberOption('--seed', 'n', 'of the sampler (default: random, printed on stderr)', seedRange))
    .option('--json', 'print one JSON object, of the generated text only');
  return addModelOptions(command)
    .addHelpText('after', examples)
    .action((flags: GenerateFlags) => generate(flags, interrupt));
}

async function generate(flags: GenerateFlags, interrupt: Interrupt): Promise<void> {
  const prompt = flags.prompt === '-' ? await readPromptFromStdin() : flags.prompt;
  const opened = await openModel(flags);
  const seed = flags.seed ?? randomSeed();
  const signal = interrupt.takeSignal();
  const onStart = () => flags.seed === undefined && writeNote(`seed ${seed}`);
  const generation = await stream(opened, prompt, { ...flags, seed, signal, onStart });
  if (generation.finishReason === 'aborted') throw new InterruptedError();
  if (flags.json) await writeResult(`${JSON.stringify(jsonResult(opened, prompt, seed, generation))}\n`);
  else writeNote(speedLine(generation));
}

/** Runs the generation; without --json every piece of text is printed as it comes. */
async function stream(
  { model, tokenizer, bosTokenId, eosTokenIds }: OpenedModel,
  prompt: string,
  flags: GenerateFlags & { readonly seed: number; readonly signal: AbortSignal; readonly onStart: () => void },
): Promise<Generation> {
  const { maxTokens, seed, signal } = flags;
  const print = flags.json ? async () => {} : writeResult;
  const progress = createProgress('prompt');
  const onProgress = progress.update;
  const options = { maxTokens, seed, signal, sampling: samplingOf(flags), bosTokenId, eosTokenIds, onProgress };
  const pieces = generateText(model, tokenizer, prompt, options);
  try {
    let next = await pieces.next();
    progress.clear();
    flags.onStart();
    await print(prompt);
    while (!next.done) {
      await print(next.value.text);
      next = await pieces.next();
    }
    await print('\n');
    return next.value;
  } catch (error) {
    progress.clear();
    if (error instanceof EmptyPromptError) {
      throw new UsageError('--prompt expected at least one token, as this model has no bos token, got an empty text');
    }
    throw error;
  }
}

function samplingOf({ temperature, topK, topP, minP, repetitionPenalty }: Sampling): Sampling {
  return { temperature, topK, topP, minP, repetitionPenalty };
}

function randomSeed(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  return (high & 0x1fffff) * 2 ** 32 + low;
}

/** The keys and their order are a contract. */
function jsonResult({ model }: OpenedModel, prompt: string, seed: number, generation: Generation) {
  const { text, tokens, promptTokens, finishReason, prefillTokensPerSecond, decodeTokensPerSecond } = generation;
  const { backend, device, dtype } = model;
  return {
    ...{ prompt, text, tokens, promptTokens, finishReason, seed, backend, device, dtype },
    ...{ prefillTokensPerSecond, decodeTokensPerSecond },
  };
}

function speedLine({ tokens, promptTokens, prefillTokensPerSecond, decodeTokensPerSecond }: Generation): string {
  const rate = (value: number | null) => (value === null ? '–' : value.toFixed(1));
  const prompt = `prompt ${promptTokens} tokens, ${rate(prefillTokensPerSecond)} tokens/s`;
  return `${prompt} · generated ${tokens.length} tokens, ${rate(decodeTokensPerSecond)} tokens/s`;
}
