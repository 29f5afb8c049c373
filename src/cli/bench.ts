/**
 * `mamba-ts bench`: how fast a model reads and writes on this machine.
 */
import { Command, Option } from 'commander';
import type { GptNeoShapeName, ShapeName } from '../engine/named-shapes.ts';
import { gptNeoShapeNames, isGptNeoShapeName, isShapeName, shapeNames } from '../engine/named-shapes.ts';
import type { Subject } from './bench-subject.ts';
import { openSubject } from './bench-subject.ts';
import { InterruptedError, UsageError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import type { ModelFlags } from './model-options.ts';
import { addModelOptions } from './model-options.ts';
import { integerFrom, integerIn, numberOption } from './number-option.ts';
import { writeResult } from './output.ts';
import { createProgress } from './progress.ts';

interface BenchFlags extends ModelFlags {
  readonly random?: ShapeName | GptNeoShapeName;
  readonly promptLength: number;
  readonly genLength: number;
  readonly batch: number;
  readonly repeats: number;
  readonly json?: boolean;
}

const allShapes = [...shapeNames, ...gptNeoShapeNames].join(', ');

const examples = `
Examples:
  $ mamba-ts bench                                   the embedded model
  $ mamba-ts bench --random 130m --dtype bf16        random weights of mamba-130m's shape, no file needed
  $ mamba-ts bench --random 130m --batch 8 --json
  $ mamba-ts bench --random gpt-neo-125m --attention flash

Rates are medians over the repeats, after one warm-up; a batch counts the tokens of all its sequences.`;

export function benchCommand(interrupt: Interrupt): Command {
  const command = new Command('bench')
    .description('Tokens per second of prompts and of generation, and the memory they take.')
    .addOption(new Option('--random <shape>', `random weights: ${allShapes}`).argParser(parseShape))
    .addOption(numberOption('--prompt-length', 'n', 'tokens read at once', integerIn(1, 2 ** 24)).default(512))
    .addOption(numberOption('--gen-length', 'n', 'tokens generated, greedily', integerFrom(1)).default(64))
    .addOption(numberOption('--batch', 'n', 'sequences side by side', integerIn(1, 2 ** 16)).default(1))
    .addOption(numberOption('--repeats', 'n', 'timed runs', integerFrom(1)).default(3))
    .option('--json', 'print one JSON object');
  return addModelOptions(command)
    .addHelpText('after', examples)
    .action((flags: BenchFlags) => bench(flags, interrupt));
}

function parseShape(name: string): ShapeName | GptNeoShapeName {
  if (isShapeName(name) || isGptNeoShapeName(name)) return name;
  throw new UsageError(`--random expected ${allShapes}, got ${JSON.stringify(name)}`);
}

async function bench(flags: BenchFlags, interrupt: Interrupt): Promise<void> {
  if (flags.random !== undefined && flags.model !== undefined) {
    throw new UsageError('--random expected no --model beside it');
  }
  if (flags.backend === 'reference' && (flags.random !== undefined || flags.batch > 1)) {
    throw new UsageError('--random and --batch expected another backend than reference');
  }
  const signal = interrupt.takeSignal();
  const loading = createProgress('load', 'numbers');
  let subject: Subject | undefined;
  try {
    const { promptLength, genLength, batch, repeats } = flags;
    subject = await openSubject(flags, { signal, onProgress: loading.update });
    loading.clear();
    const progress = createProgress('bench', 'runs');
    const times = await subject.run({ promptLength, genLength, repeats, signal, onProgress: progress.update });
    progress.clear();
    const result = {
      ...{ model: subject.name, backend: subject.backend, device: subject.device, dtype: subject.dtype },
      ...{ threads: subject.threads, batch, promptLength, genLength, repeats },
      prefillTokensPerSecond: (batch * promptLength) / times.prefillSeconds,
      decodeTokensPerSecond: (batch * genLength) / times.decodeSeconds,
      peakMemoryBytes: subject.peakMemory(),
    };
    await writeResult(flags.json ? `${JSON.stringify(result)}\n` : table(result));
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : error;
  } finally {
    loading.clear();
    await subject?.dispose();
  }
}

function table(result: Readonly<Record<string, string | number | null>>): string {
  const text = (value: string | number | null) =>
    value === null ? '–' : typeof value === 'string' || Number.isInteger(value) ? String(value) : value.toFixed(1);
  return Object.entries(result)
    .map(([name, value]) => `${name.padEnd(24)} ${text(value)}\n`)
    .join('');
}
