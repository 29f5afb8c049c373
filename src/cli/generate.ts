/**
 * `mamba-ts generate`: a prompt and its continuation.
 */
import { Command } from 'commander';
import { expectWritable, loadSession, saveSession } from '../api/session-file.node.ts';
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import type { Generation } from '../generation/generate.ts';
import { EmptyPromptError } from '../generation/generate.ts';
import type { Session } from '../generation/generate-tokens.ts';
import type { Sampling } from '../generation/sampler.ts';
import { InterruptedError, UsageError } from './exit.ts';
import { jsonResult, speedLine } from './generate-report.ts';
import type { Interrupt } from './interrupt.ts';
import type { ModelFlags } from './model-options.ts';
import { addModelOptions, openModel } from './model-options.ts';
import { integerFrom, numberOption } from './number-option.ts';
import type { OpenedModel } from './opened-model.ts';
import { writeNote, writeResult, writeUnlessAborted } from './output.ts';
import { createTextProgress } from './progress.ts';
import { addSamplingOptions, randomSeed, samplingOf } from './sampling-options.ts';
import { readPromptFromStdin } from './text-input.ts';

interface GenerateFlags extends ModelFlags, Sampling {
  readonly prompt?: string;
  readonly special?: boolean;
  readonly maxTokens: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly logprobs?: number;
  readonly ignoreEos?: boolean;
  readonly saveState?: string;
  readonly loadState?: string;
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
  const command = new Command('generate')
    .description('Continue a prompt; stdout gets the prompt, the continuation and a newline.')
    .option(
      '--prompt <text>',
      `text to continue; - reads stdin, without one newline at its end (default: ${defaultPrompt})`,
    )
    .option('--special', 'special tokens spelled in the prompt, <|endoftext|> say, are these tokens, not plain text')
    .addOption(numberOption('--max-tokens', 'n', 'tokens to generate at most', integerFrom(0)).default(256));
  addSamplingOptions(command)
    .option('--stop <text>', 'end before this text; may be given several times', collect)
    .addOption(numberOption('--logprobs', 'n', 'with --json: each token and the n likeliest', integerFrom(0)))
    .option('--ignore-eos', 'write on past the end of a text')
    .option('--save-state <file>', 'keep what was read and written, to go on later')
    .option('--load-state <file>', 'go on behind what --save-state has kept; no --prompt: nothing new comes first')
    .option('--json', 'print one JSON object, of the generated text only');
  return addModelOptions(command)
    .addHelpText('after', examples)
    .action((flags: GenerateFlags) => generate(flags, interrupt));
}

/** The values of an option that may be given several times. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  if (value === '') throw new UsageError('--stop expected at least one character, got ""');
  return [...before, value];
}

async function generate(flags: GenerateFlags, interrupt: Interrupt): Promise<void> {
  if (flags.logprobs !== undefined && !flags.json) throw new UsageError('--logprobs expected --json beside it');
  if (flags.saveState === '') throw new UsageError('--save-state expected a file, got ""');
  if (flags.saveState !== undefined) await expectWritable(flags.saveState);
  const prompt = await promptOf(flags);
  const signal = interrupt.takeSignal();
  const opened = await openModel(flags, signal).catch((error: unknown) => {
    throw signal.aborted ? new InterruptedError() : error;
  });
  try {
    const session = flags.loadState === undefined ? undefined : await loadState(flags.loadState, opened);
    const seed = flags.seed ?? randomSeed();
    const onStart = () => flags.seed === undefined && writeNote(`seed ${seed}`);
    const generation = await stream(opened, prompt, session, { ...flags, seed, signal, onStart });
    if (generation.finishReason !== 'aborted') {
      if (flags.json) await writeResult(`${JSON.stringify(jsonResult(opened, prompt, seed, generation))}\n`);
      else writeNote(speedLine(generation));
      const { finishReason, tokens } = generation;
      if (finishReason === 'length' && tokens.length < flags.maxTokens) {
        writeNote(`the text ends where the model's ${opened.model.positions} positions end`);
      }
    }
    if (flags.saveState !== undefined) await save(opened, flags.saveState, generation); // what Ctrl-C has cut short too
    if (generation.finishReason === 'aborted') throw new InterruptedError();
  } catch (error) {
    // A page that does not answer Ctrl-C is closed under its work; a state that could not be kept is worth a line still.
    throw signal.aborted && !(error instanceof CheckpointError) ? new InterruptedError() : error;
  } finally {
    await opened.dispose();
  }
}

/** Without --prompt: a default one, or nothing behind a loaded state. */
async function promptOf({ prompt, loadState }: GenerateFlags): Promise<string> {
  if (prompt === '-') return readPromptFromStdin();
  return prompt ?? (loadState === undefined ? defaultPrompt : '');
}

function loadState(file: string, opened: OpenedModel): Promise<Session> {
  return loadSession(file, opened).catch((cause: Error) => {
    throw new Error(`--load-state ${cause.message}`, { cause });
  });
}

async function save(opened: OpenedModel, file: string, generation: Generation): Promise<void> {
  await saveSession(file, opened, await opened.snapshot(generation));
}

/** Runs the generation; without --json every piece of text is printed as it comes. */
async function stream(
  opened: OpenedModel,
  prompt: string,
  session: Session | undefined,
  flags: GenerateFlags & { readonly seed: number; readonly signal: AbortSignal; readonly onStart: () => void },
): Promise<Generation> {
  const { maxTokens, seed, signal, stop, logprobs, special: specialTokens } = flags;
  const keepState = flags.saveState !== undefined;
  const print = async (text: string) => flags.json || writeUnlessAborted(text, signal);
  const { onEncode, onProgress, clear } = createTextProgress('prompt');
  const ends = flags.ignoreEos ? { eosTokenIds: [] } : {};
  const options = { maxTokens, seed, signal, session, stop, logprobs, sampling: samplingOf(flags), keepState };
  const pieces = opened.generate(prompt, { ...options, ...ends, specialTokens, onEncode, onProgress });
  try {
    let next = await pieces.next();
    clear();
    flags.onStart();
    await print(prompt);
    while (!next.done) {
      await print(next.value.text);
      next = await pieces.next();
    }
    await print('\n');
    return next.value;
  } catch (error) {
    clear();
    if (error instanceof EmptyPromptError) {
      throw new UsageError('--prompt expected at least one token, as this model has no bos token, got an empty text');
    }
    throw error;
  }
}
