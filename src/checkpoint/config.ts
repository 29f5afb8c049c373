/**
 * config.json → the sizes of a model, from the two dialects in use: that of transformers (`model_type` "mamba" or
 * "falcon_mamba"), and that of the authors' own package mamba_ssm (`d_model`, `ssm_cfg`).
 */
import type { MambaConfig } from '../reference/types.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { Fields } from './config-fields.ts';
import { refuse } from './config-fields.ts';
import type { GptNeoCheckpointConfig } from './config-gpt-neo.ts';
import { readGptNeoConfig } from './config-gpt-neo.ts';
import { parseHuggingFaceConfig } from './config-hugging-face.ts';
import { parseStateSpacesConfig } from './config-state-spaces.ts';
import { describe, parseJson } from './strict-json.ts';

/** `gguf`: no config.json at all, but a GGUF file's metadata. */
export type Dialect = 'hugging-face' | 'state-spaces' | 'gguf';
export type ModelType = 'mamba' | 'falcon_mamba';

export interface CheckpointConfig {
  readonly config: MambaConfig;
  readonly dialect: Dialect;
  readonly modelType: ModelType;
  /** The token a text begins with, where the config names one. */
  readonly bosTokenId?: number;
  /** The tokens that end a text; empty where the config names none. */
  readonly eosTokenIds: readonly number[];
}

/** Told apart by `modelType`. */
export type ModelCheckpointConfig = CheckpointConfig | GptNeoCheckpointConfig;

/**
 * Parses and checks a config.json of any model that there is.
 * @param file what errors call it
 * @throws CheckpointError as {@link parseConfig} does
 */
export function parseModelConfig(text: string, file: string): ModelCheckpointConfig {
  const fields = readFields(text, file);
  return fields.object.get('model_type') === 'gpt_neo' ? readGptNeoConfig(fields) : readMambaConfig(fields);
}

/** @throws CheckpointError for a GPT-Neo; `only` says what is only for Mamba: `runs on GPUs` */
export function expectMamba<P extends ModelCheckpointConfig>(
  parsed: P,
  file: string,
  only: string,
): Extract<P, { readonly modelType: ModelType }> {
  if (parsed.modelType !== 'gpt_neo') return parsed as Extract<P, { readonly modelType: ModelType }>;
  throw new CheckpointError({ file }, `expected a Mamba, the only kind of model that ${only}, got a GPT-Neo`);
}

/**
 * Parses and checks a Mamba's config.json.
 * @param file what errors call it
 * @throws CheckpointError when the text is not JSON, a field is missing or has the wrong type, or the model is of a kind
 * that is not supported
 */
export function parseConfig(text: string, file: string): CheckpointConfig {
  return readMambaConfig(readFields(text, file));
}

function readFields(text: string, file: string): Fields {
  const object = parseJson(text, file);
  if (!(object instanceof Map)) throw new CheckpointError({ file }, `expected a JSON object, got ${describe(object)}`);
  return { file, object, prefix: '' };
}

function readMambaConfig(fields: Fields): CheckpointConfig {
  const { object } = fields;
  if (object.has('model_type')) return parseHuggingFaceConfig(fields);
  if (object.has('d_model')) return parseStateSpacesConfig(fields);
  return refuse(fields, 'model_type', '"mamba" or "falcon_mamba", or else a "d_model" as in mamba_ssm\'s configs');
}
