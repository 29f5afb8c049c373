/**
 * What `evaluate --sweep` is asked for, from the flags.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { ModelShape } from '../evaluate/model-shape.ts';
import { counterpartOf, namedShape } from '../evaluate/model-shape.ts';
import type { SweepModel } from '../evaluate/sweep.ts';
import type { SweepSettings } from '../evaluate/sweep-record.ts';
import { HubError } from '../hub/index.node.ts';
import { parseBatches } from './batches-option.ts';
import type { ScriptFlags } from './evaluate-options.ts';
import { UsageError } from './exit.ts';
import { findShape } from './find-shape.ts';
import { evaluatedName } from './open-evaluated.ts';
import { sizeOption } from './size-option.ts';

export interface SweepFlags extends ScriptFlags {
  readonly sweep: readonly number[];
  /** Another model's name or shape, or `none`. */
  readonly against?: string;
  readonly out?: string;
  readonly memoryLimit?: number;
  readonly json?: boolean;
}

export function addSweepOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--sweep <list>', 'two models over these batch sizes: 1,2,4,8').argParser((text) =>
        parseBatches('--sweep', text),
      ),
    )
    .option('--against <model>', 'with --sweep: the other model or shape, or none (default: the one of the same class)')
    .option('--out <folder>', 'with --sweep: keep results and charts there, and go on from what is there')
    .addOption(sizeOption('--memory-limit', 'with --sweep: no point may take more (default: all of this machine)'));
}

/** A model of a sweep, and the flags that name it to `evaluate`. */
export interface NamedModel extends SweepModel {
  readonly args: readonly string[];
  /** Whether its weights are made up here, so that nothing is to be loaded. */
  readonly random: boolean;
  readonly spec: string;
}

/** @throws UsageError for flags that a sweep has no use for */
export function expectSweepFlags({
  prompt,
  backend,
  batch,
  sweep,
  against,
  out,
  memoryLimit,
}: Partial<SweepFlags>): void {
  if (sweep === undefined) {
    const extra = Object.entries({ against, out, 'memory-limit': memoryLimit }).find(
      ([, value]) => value !== undefined,
    );
    if (extra !== undefined) throw new UsageError(`--${extra[0]} expected --sweep beside it`);
    return;
  }
  if (prompt !== undefined) throw new UsageError('--sweep expected no --prompt, which is one row');
  if (out === '') throw new UsageError('--out expected a folder, got ""');
  if (batch !== 1) throw new UsageError(`--sweep expected no --batch, got ${batch}`);
  if (backend === 'reference') throw new UsageError('--sweep expected another backend than reference');
}

/** The model that is asked for, then the other one. Only configs are read. */
export async function sweepModels(flags: SweepFlags, signal: AbortSignal): Promise<readonly NamedModel[]> {
  const { random, modelName, against = counterpartOf(random ?? modelName) } = flags;
  if (against === undefined) {
    throw new UsageError(`--against expected a model beside ${random ?? modelName}, or none, got nothing`);
  }
  if (against.toLowerCase() === (random ?? modelName).toLowerCase()) {
    throw new UsageError(`--against expected another model than ${random ?? modelName}, got it again`);
  }
  const specs = against === 'none' ? [random ?? modelName] : [random ?? modelName, against];
  if (random === undefined) {
    const models: NamedModel[] = [];
    for (const spec of specs) {
      const shape = await shapeOf(spec, signal);
      models.push({ name: spec, shape, args: ['--model-name', spec], random: false, spec });
    }
    return models;
  }
  return specs.map((spec) => {
    const shape = namedShape(spec);
    if (shape === undefined) throw new UsageError(`--against expected a shape beside --random, got "${spec}"`);
    const name = evaluatedName({ modelName, random: spec });
    return { name, shape, args: ['--random', spec], random: true, spec };
  });
}

/** A published model is known by its name where the hub cannot be asked. */
async function shapeOf(spec: string, signal: AbortSignal): Promise<ModelShape> {
  try {
    return (await findShape(spec, signal, '--model-name')).shape;
  } catch (error) {
    const name = spec.split('/').at(-1)!.replace(/-hf$/, '');
    const known = error instanceof HubError && !signal.aborted ? namedShape(name) : undefined;
    if (known === undefined) throw error;
    return known;
  }
}

/** The command line that measures one point. */
export function pointArgs({ args }: NamedModel, batch: number, settings: SweepSettings): readonly string[] {
  const { promptLength, genLength, backend, dtype, threads, attention, localWindows, sampling } = settings;
  const { topk, topp, minp, temperature, repetitionPenalty } = sampling;
  const numbers = { promptlen: promptLength, genlen: genLength, batch, topk, topp, minp, temperature };
  return [
    ...['evaluate', '--point', ...args, '--backend', backend, '--dtype', dtype],
    ...Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...['--repetition-penalty', String(repetitionPenalty), '--attn_implementation', attention],
    ...(threads === null ? [] : ['--threads', String(threads)]),
    ...(localWindows ? [] : ['--as', 'blog']),
  ];
}
