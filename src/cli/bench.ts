/**
 * `mamba-ts bench`: how fast a model reads and writes on this machine.
 */
import { freemem } from 'node:os';
import { Command, Option } from 'commander';
import { createBatchBench } from '../api/batch-bench.ts';
import { load } from '../api/load.node.ts';
import { openWasmEngine } from '../api/wasm-engine.node.ts';
import type { ShapeName } from '../engine/named-shapes.ts';
import { isShapeName, namedConfig, shapeNames } from '../engine/named-shapes.ts';
import { randomWeights } from '../engine/random-weights.ts';
import { InterruptedError, UsageError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import type { ModelFlags } from './model-options.ts';
import { addModelOptions } from './model-options.ts';
import { integerFrom, integerIn, numberOption } from './number-option.ts';
import { writeResult } from './output.ts';
import { createProgress } from './progress.ts';

interface BenchFlags extends ModelFlags {
  readonly random?: ShapeName;
  readonly promptLength: number;
  readonly genLength: number;
  readonly batch: number;
  readonly repeats: number;
  readonly json?: boolean;
}

const examples = `
Examples:
  $ mamba-ts bench                                   the embedded model
  $ mamba-ts bench --random 130m --dtype bf16        random weights of mamba-130m's shape, no file needed
  $ mamba-ts bench --random 130m --batch 8 --json

Rates are medians over the repeats, after one warm-up; a batch counts the tokens of all its sequences.`;

export function benchCommand(interrupt: Interrupt): Command {
  const command = new Command('bench')
    .description('Tokens per second of prompts and of generation, and the memory they take.')
    .addOption(new Option('--random <shape>', `random weights: ${shapeNames.join(', ')}`).argParser(parseShape))
    .addOption(numberOption('--prompt-length', 'n', 'tokens read at once', integerIn(1, 2 ** 24)).default(512))
    .addOption(numberOption('--gen-length', 'n', 'tokens generated, greedily', integerFrom(1)).default(64))
    .addOption(numberOption('--batch', 'n', 'sequences side by side', integerIn(1, 2 ** 16)).default(1))
    .addOption(numberOption('--repeats', 'n', 'timed runs', integerFrom(1)).default(3))
    .option('--json', 'print one JSON object');
  return addModelOptions(command)
    .addHelpText('after', examples)
    .action((flags: BenchFlags) => bench(flags, interrupt));
}

function parseShape(name: string): ShapeName {
  if (isShapeName(name)) return name;
  throw new UsageError(`--random expected ${shapeNames.join(', ')}, got ${JSON.stringify(name)}`);
}

async function bench(flags: BenchFlags, interrupt: Interrupt): Promise<void> {
  if (flags.random !== undefined && flags.model !== undefined) {
    throw new UsageError('--random expected no --model beside it');
  }
  if (flags.backend === 'reference' && (flags.random !== undefined || flags.batch > 1)) {
    throw new UsageError('--random and --batch expected --backend wasm');
  }
  const signal = interrupt.takeSignal();
  const loading = createProgress('load', 'numbers');
  try {
    const subject = await openSubject(flags, signal, loading.update);
    loading.clear();
    const { promptLength, genLength, batch, repeats } = flags;
    const progress = createProgress('bench', 'runs');
    const times = await subject.run({ promptLength, genLength, repeats, signal, onProgress: progress.update });
    progress.clear();
    const result = {
      ...{ model: subject.name, backend: subject.backend, device: subject.device, dtype: subject.dtype },
      ...{ threads: subject.threads, batch, promptLength, genLength, repeats },
      prefillTokensPerSecond: (batch * promptLength) / times.prefillSeconds,
      decodeTokensPerSecond: (batch * genLength) / times.decodeSeconds,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    };
    subject.dispose();
    await writeResult(flags.json ? `${JSON.stringify(result)}\n` : table(result));
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : error;
  } finally {
    loading.clear();
  }
}

async function openSubject(flags: BenchFlags, signal: AbortSignal, onProgress: (done: number, all: number) => void) {
  const { backend, dtype, threads, batch: sequences, discretization, random, model } = flags;
  if (random !== undefined) {
    const config = namedConfig(random);
    const options = { dtype, threads, sequences, signal, onProgress, freeBytes: freemem() };
    const engine = await openWasmEngine(config, async () => randomWeights(config), options);
    return createBatchBench(`random ${random}`, engine);
  }
  const loaded = await load(model, { backend, dtype, threads, discretization, signal, onProgress, sequences });
  return createBatchBench(loaded.name, loaded.engine ?? loaded.model, () => loaded.dispose());
}

function table(result: Readonly<Record<string, string | number>>): string {
  const text = (value: string | number) =>
    typeof value === 'string' || Number.isInteger(value) ? String(value) : value.toFixed(1);
  return Object.entries(result)
    .map(([name, value]) => `${name.padEnd(24)} ${text(value)}\n`)
    .join('');
}
