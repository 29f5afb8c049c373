/**
 * `mamba-ts models convert`: a model of any format as a Hugging Face folder, which transformers loads.
 */

import { Command } from 'commander';
import { folderOptions } from '../api/find-model.node.ts';
import { expectMamba, parseModelConfig } from '../checkpoint/config.ts';
import type { ConvertOptions } from '../checkpoint/convert.node.ts';
import { convertModel } from '../checkpoint/convert.node.ts';
import { InterruptedError, UsageError } from './exit.ts';
import { findModel } from './find-model.ts';
import type { Interrupt } from './interrupt.ts';
import { writeNote, writeResult } from './output.ts';
import { createProgress } from './progress.ts';

const dtypes = ['f32', 'bf16', 'f16'] as const;

interface ConvertFlags {
  readonly dtype: NonNullable<ConvertOptions['dtype']>;
  readonly json?: boolean;
}

export function convertCommand(interrupt: Interrupt): Command {
  return new Command('convert')
    .description('Writes a model as config.json, model.safetensors and tokenizer.json.')
    .argument('<model>', 'ORG/NAME on the hub, a folder, or a .gguf file')
    .argument('<folder>', 'where to; it must not hold a model yet', parseFolder)
    .option('--dtype <dtype>', 'matrices as f32, bf16 or f16; all else is f32', parseDtype, 'f32')
    .option('--json', 'print one JSON object')
    .action((model: string, folder: string, flags: ConvertFlags) => convert(model, folder, flags, interrupt));
}

function parseFolder(path: string): string {
  if (path !== '') return path;
  throw new UsageError('<folder> expected a path, got ""');
}

function parseDtype(name: string): string {
  if (dtypes.some((known) => known === name)) return name;
  throw new UsageError(`--dtype expected ${dtypes.join(', ')}, got ${JSON.stringify(name)}`);
}

async function convert(spec: string, output: string, { dtype, json }: ConvertFlags, interrupt: Interrupt) {
  const signal = interrupt.takeSignal();
  const progress = createProgress('convert', 'numbers');
  try {
    const check = (text: string) => {
      const file = `config.json of ${spec}`;
      expectMamba(parseModelConfig(text, file), file, 'is converted');
    };
    const found = await findModel(spec, signal, { onConfig: check, what: '<model>' });
    let note = '';
    const onNotFinite = (tensor: string, value: number) => {
      note = `tensor ${JSON.stringify(tensor)} holds ${value}, and perhaps others do too; they are written as they are`;
    };
    const watch = { signal, onProgress: progress.update, onNotFinite };
    await convertModel(found.path, output, { ...folderOptions(found), dtype, ...watch });
    progress.clear();
    if (note !== '') writeNote(note);
    await writeResult(
      json ? `${JSON.stringify({ model: found.name ?? spec, folder: output, dtype })}\n` : `${output}\n`,
    );
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : error;
  } finally {
    progress.clear();
  }
}
