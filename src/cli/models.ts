/**
 * `mamba-ts models`: what is in the cache, and what comes into it and out of it.
 */
import { Command } from 'commander';
import type { CachedModel } from '../hub/index.node.ts';
import { listModels, pullModel, readSettings, removeModel, sizeText } from '../hub/index.node.ts';
import { convertCommand } from './convert.ts';
import { InterruptedError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import { writeNote, writeResult } from './output.ts';
import { createPullProgress, watchPull } from './pull-progress.ts';

interface JsonFlag {
  readonly json?: boolean;
}

const examples = `
Examples:
  $ mamba-ts models pull state-spaces/mamba-130m-hf
  $ mamba-ts models pull state-spaces/mamba-130m@refs/pr/1
  $ mamba-ts models list
  $ mamba-ts models rm state-spaces/mamba-130m-hf
  $ mamba-ts models convert state-spaces/mamba-130m ./mamba-130m-bf16 --dtype bf16

The cache is the one of Python's huggingface_hub: HF_HOME, HF_HUB_CACHE. A token for restricted models: HF_TOKEN.
HF_ENDPOINT names another hub, HF_HUB_OFFLINE=1 uses the cache alone. An interrupted pull goes on where it was.`;

export function modelsCommand(interrupt: Interrupt): Command {
  return new Command('models')
    .description('Models from the Hugging Face hub: list, pull, rm; and convert, from any format.')
    .addHelpText('after', examples)
    .addCommand(listCommand())
    .addCommand(pullCommand(interrupt))
    .addCommand(removeCommand())
    .addCommand(convertCommand(interrupt));
}

function listCommand(): Command {
  return new Command('list')
    .description('The models in the cache.')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: JsonFlag) => {
      const { cache } = await readSettings();
      const models = await listModels(cache);
      await writeResult(json ? `${JSON.stringify({ cache, models })}\n` : table(models));
      if (!json && models.length === 0) writeNote(`no models in ${cache}`);
    });
}

function pullCommand(interrupt: Interrupt): Command {
  return new Command('pull')
    .description('Downloads what a model needs: weights, configs, tokenizer.')
    .argument('<id>', 'ORG/NAME, or ORG/NAME@REVISION')
    .option('--json', 'print one JSON object')
    .action((id: string, flags: JsonFlag) => pull(id, flags, interrupt));
}

function removeCommand(): Command {
  return new Command('rm')
    .description('Takes a model out of the cache; its bytes go unless another snapshot needs them.')
    .argument('<id>', 'ORG/NAME with all its revisions, or one: ORG/NAME@REVISION')
    .option('--json', 'print one JSON object')
    .action(async (id: string, { json }: JsonFlag) => {
      const { cache } = await readSettings();
      const removed = await removeModel(id, cache);
      await writeResult(json ? `${JSON.stringify(removed)}\n` : `${id}: ${sizeText(removed.freedBytes)} freed\n`);
    });
}

async function pull(id: string, { json }: JsonFlag, interrupt: Interrupt): Promise<void> {
  const signal = interrupt.takeSignal();
  const progress = createPullProgress();
  try {
    const model = await pullModel(id, { signal, ...watchPull(progress) });
    progress.clear();
    await writeResult(json ? `${JSON.stringify(model)}\n` : `${model.folder}\n`);
  } catch (error) {
    progress.clear();
    if (!signal.aborted) throw error;
    writeNote(`interrupted; what came is kept, and the same command goes on with it`);
    throw new InterruptedError();
  }
}

function table(models: readonly CachedModel[]): string {
  const rows = models.map(({ id, revision, files, bytes, partialBytes, kind, complete }) => [
    `${id}@${revision ?? '?'}`,
    String(files.length),
    sizeText(complete ? bytes : bytes + partialBytes),
    complete ? kind : 'incomplete',
  ]);
  if (rows.length === 0) return '';
  const all = [['model', 'files', 'size', 'what'], ...rows];
  const width = Math.max(...all.map(([name]) => name!.length));
  return all
    .map(
      ([name, files, size, what]) => `${name!.padEnd(width)}  ${files!.padStart(5)}  ${size!.padStart(9)}  ${what}\n`,
    )
    .join('');
}
