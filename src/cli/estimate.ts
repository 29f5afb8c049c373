/**
 * `mamba-ts estimate`: what a model takes, from its config alone.
 */
import { Command, Option } from 'commander';
import { blogBatches, blogCapacity, blogLengths, blogRow, fittedMambaBytes } from '../evaluate/as-blog.ts';
import { estimateOf } from '../evaluate/estimate.ts';
import { asBlogOption } from './as-option.ts';
import { parseBatches } from './batches-option.ts';
import { blogTable, estimateTable } from './estimate-table.ts';
import { InterruptedError, UsageError } from './exit.ts';
import type { FoundShape } from './find-shape.ts';
import { findShape } from './find-shape.ts';
import type { Interrupt } from './interrupt.ts';
import { machineMemory } from './machine-memory.ts';
import { integerFrom, integerIn, numberOption } from './number-option.ts';
import { writeResult } from './output.ts';
import { sizeOption } from './size-option.ts';

interface EstimateFlags {
  readonly memory?: number;
  readonly promptlen: number;
  readonly genlen: number;
  /** Absent: those of the blog. */
  readonly batches?: readonly number[];
  readonly as?: 'blog';
  readonly json?: boolean;
}

const examples = `
Examples:
  $ mamba-ts estimate 2.8b gpt-neo-2.7b --memory 64GiB
  $ mamba-ts estimate state-spaces/mamba-130m           loads its config.json, not its weights
  $ mamba-ts estimate ./my-model/config.json --json
  $ mamba-ts estimate 2.8b gpt-neo-2.7b --as blog       the memory that the blog's script prints, batch by batch

Bytes are those of this project's engine: matrices in the dtype, states and activations in float32. --as blog counts as
PyTorch allocates in float16 for the script, on a card of 63.98 GiB (or --memory).`;

export function estimateCommand(interrupt: Interrupt): Command {
  return new Command('estimate')
    .description('Parameters, memory and arithmetic of a model, from its config alone.')
    .argument(
      '<model...>',
      'a shape (130m, gpt-neo-2.7b …), a config.json, a folder, a .gguf file, or ORG/NAME on the hub',
    )
    .addOption(sizeOption('--memory', 'to fill with sequences: 16GB, 1.5GiB (default: all of this machine)'))
    .addOption(numberOption('--promptlen', 'n', 'tokens read', integerIn(1, 2 ** 24)).default(blogLengths.promptLength))
    .addOption(numberOption('--genlen', 'n', 'tokens generated', integerFrom(1)).default(blogLengths.genLength))
    .addOption(asBlogOption("blog: the script's own accounting"))
    .addOption(
      new Option('--batches <list>', 'with --as blog (default: 1,2,4,…,128)').argParser((text) =>
        parseBatches('--batches', text),
      ),
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples)
    .action((specs: readonly string[], flags: EstimateFlags) => estimate(specs, flags, interrupt));
}

async function estimate(specs: readonly string[], flags: EstimateFlags, interrupt: Interrupt): Promise<void> {
  if (flags.batches !== undefined && flags.as !== 'blog')
    throw new UsageError('--batches expected --as blog beside it');
  const signal = interrupt.takeSignal();
  const models: FoundShape[] = [];
  for (const spec of specs) {
    models.push(
      await findShape(spec, signal).catch((error: unknown) => {
        throw signal.aborted ? new InterruptedError() : error;
      }),
    );
  }
  await writeResult(flags.as === 'blog' ? asBlog(models, flags) : asOurs(models, flags));
}

function asOurs(models: readonly FoundShape[], flags: EstimateFlags): string {
  const { memory = machineMemory(), promptlen: promptLength, genlen: genLength } = flags;
  const estimates = models.map(({ name, shape }) => ({
    model: name,
    ...estimateOf(shape, { memory, promptLength, genLength }),
  }));
  return flags.json ? `${JSON.stringify({ estimates })}\n` : estimates.map(estimateTable).join('\n');
}

function asBlog(models: readonly FoundShape[], flags: EstimateFlags): string {
  const { memory: capacity = blogCapacity, promptlen: promptLength, genlen: genLength, batches = blogBatches } = flags;
  const columns = models.map(({ name, shape }) => ({
    model: name,
    rows: batches.map((batch) => blogRow(shape, { batch, promptLength, genLength }, capacity)),
  }));
  const columnsOfMamba = models.some(({ shape }) => shape.kind === 'mamba');
  const fittedBytes = columnsOfMamba ? fittedMambaBytes : 0;
  const result = { as: 'blog', capacity, promptLength, genLength, fittedBytes, models: columns } as const;
  return flags.json ? `${JSON.stringify(result)}\n` : blogTable(result);
}
