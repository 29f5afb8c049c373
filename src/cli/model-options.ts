/**
 * The options that every command with a model shares, and the model they open.
 */
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { Option } from 'commander';
import { loadFolder } from '../checkpoint/load-folder.node.ts';
import type { LanguageModel } from '../generation/language-model.ts';
import { createReferenceModel } from '../generation/reference-model.ts';
import type { Discretization } from '../reference/types.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { createTokenizer } from '../tokenizer.ts';
import { UnavailableError, UsageError } from './exit.ts';

export interface ModelFlags {
  readonly model?: string;
  readonly backend: string;
  readonly discretization?: Discretization;
}

export interface OpenedModel {
  readonly name: string;
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
  readonly bosTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
}

const backendsToCome = ['wasm', 'headlessgl', 'webgl', 'webgl2', 'webgpu'];
const embeddedModel = new URL('../../models/tiny-shakespeare/', import.meta.url);

export function addModelOptions(command: Command): Command {
  return command
    .option('--model <folder>', 'folder of a checkpoint (default: the embedded tiny-shakespeare)')
    .addOption(
      new Option('--backend <name>', 'what computes: reference (float64, slow, right)')
        .default('reference')
        .argParser(parseBackend),
    )
    .addOption(
      new Option('--discretization <rule>', 'experiment: mamba (B̄ = ΔB) or zoh (default: as the model says)').argParser(
        parseDiscretization,
      ),
    )
    .hook('preAction', (_, acting) => expectBackendHere(acting.opts<ModelFlags>()));
}

function parseBackend(name: string): string {
  if (name === 'reference' || backendsToCome.includes(name)) return name;
  throw new UsageError(`--backend expected reference, ${backendsToCome.join(', ')}, got ${JSON.stringify(name)}`);
}

function parseDiscretization(rule: string): Discretization {
  if (rule === 'mamba' || rule === 'zoh') return rule;
  throw new UsageError(`--discretization expected mamba or zoh, got ${JSON.stringify(rule)}`);
}

/** Once the whole command line is understood, and before any work. */
function expectBackendHere({ backend }: ModelFlags): void {
  if (backend !== 'reference') {
    throw new UnavailableError(`--backend ${backend} is not in this version, only reference is`);
  }
}

/** @throws Error with one line when the folder is missing or holds no usable model */
export async function openModel({ model: folder, discretization }: ModelFlags): Promise<OpenedModel> {
  if (folder !== undefined) await expectFolder(folder);
  const loaded = await loadFolder(folder ?? fileURLToPath(embeddedModel));
  const config = discretization === undefined ? loaded.config : { ...loaded.config, discretization };
  return {
    name: loaded.name,
    model: createReferenceModel(config, loaded.weights),
    tokenizer: createTokenizer(loaded.tokenizerJson, `tokenizer.json of ${loaded.name}`),
    bosTokenId: loaded.bosTokenId,
    eosTokenIds: loaded.eosTokenIds,
  };
}

async function expectFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (found !== undefined) throw new Error(`--model expected a folder, got the file "${folder}"`);
  const looksLikeHubId = /^[\w.-]+\/[\w.-]+$/.test(folder) && !folder.startsWith('.');
  const hint = looksLikeHubId ? ', and downloads from the hub are not in this version' : '';
  throw new Error(`--model expected a folder, there is no "${folder}"${hint}`);
}
