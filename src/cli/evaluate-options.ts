/**
 * The options of `evaluate`: the script's, with its names and defaults, and ours beside them.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { allShapeNames, namedShape } from '../evaluate/model-shape.ts';
import type { Attention } from '../evaluate/script-lines.ts';
import { attentions } from '../evaluate/script-lines.ts';
import type { ScriptSampling } from '../evaluate/script-sampling.ts';
import { scriptDefaults } from '../evaluate/script-sampling.ts';
import { asBlogOption } from './as-option.ts';
import { mostSequences } from './batches-option.ts';
import { UsageError } from './exit.ts';
import type { BackendFlags } from './model-options.ts';
import { addBackendOptions } from './model-options.ts';
import { aboveZero, atLeastZero, integerFrom, integerIn, numberOption, zeroToOne } from './number-option.ts';

/** Under the names that commander makes of the flags. */
export interface ScriptFlags extends BackendFlags, ScriptSampling {
  readonly modelName: string;
  readonly prompt?: string;
  readonly promptlen: number;
  readonly genlen: number;
  readonly batch: number;
  readonly attn_implementation: Attention;
  /** Instead of a model: random weights of this shape. */
  readonly random?: string;
  readonly as?: 'blog';
}

const defaultModel = 'state-spaces/mamba-130m';

export function addScriptOptions(command: Command): Command {
  const { topk, topp, minp, temperature, repetitionPenalty } = scriptDefaults;
  command
    .addOption(
      new Option('--model-name <model>', 'ORG/NAME on the hub, a folder, or a .gguf file')
        .default(defaultModel)
        .conflicts('random'),
    )
    .option('--prompt <text>', 'one row of this text (default: random tokens)')
    .addOption(numberOption('--promptlen', 'n', 'tokens of a random prompt', integerIn(1, 2 ** 24)).default(100))
    .addOption(numberOption('--genlen', 'n', 'tokens generated', integerFrom(1)).default(100))
    .addOption(numberOption('--temperature', 't', 'ignored with --topk 1', atLeastZero).default(temperature))
    .addOption(numberOption('--topk', 'k', '1 is greedy, 0 is off', integerFrom(0)).default(topk))
    .addOption(numberOption('--topp', 'p', 'ignored with --topk 1', zeroToOne).default(topp))
    .addOption(numberOption('--minp', 'p', 'a Mamba with --topk 0 only', zeroToOne).default(minp))
    .addOption(numberOption('--repetition-penalty', 'p', '1 is off', aboveZero).default(repetitionPenalty))
    .addOption(numberOption('--batch', 'n', 'rows side by side', integerIn(1, mostSequences)).default(1))
    .addOption(
      new Option('--attn_implementation <name>', `of a Transformer: ${attentions.join(', ')}`)
        .default('sdpa')
        .argParser(parseAttention),
    )
    .addOption(new Option('--random <shape>', `random weights: ${allShapeNames.join(', ')}`).argParser(parseShape))
    .addOption(asBlogOption('blog: flash_attention_2 without local windows, as the blog most likely ran it'));
  return addBackendOptions(command);
}

function parseAttention(name: string): Attention {
  const attention = attentions.find((known) => known === name);
  if (attention !== undefined) return attention;
  throw new UsageError(`--attn_implementation expected ${attentions.join(', ')}, got ${JSON.stringify(name)}`);
}

function parseShape(name: string): string {
  if (namedShape(name) !== undefined) return name;
  throw new UsageError(`--random expected ${allShapeNames.join(', ')}, got ${JSON.stringify(name)}`);
}

export function scriptSampling({ topk, topp, minp, temperature, repetitionPenalty }: ScriptSampling): ScriptSampling {
  return { topk, topp, minp, temperature, repetitionPenalty };
}

/** @throws UsageError for flags that do not go together */
export function expectScriptFlags(flags: ScriptFlags): void {
  if (flags.prompt !== undefined && flags.random !== undefined) {
    throw new UsageError('--prompt expected a model with a tokenizer, got --random');
  }
  if (flags.backend === 'reference' && (flags.random !== undefined || flags.batch > 1)) {
    throw new UsageError('--random and --batch expected another backend than reference');
  }
}
