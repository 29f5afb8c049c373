/**
 * The config of a GPT-Neo, as transformers writes it (`model_type` "gpt_neo"). An absent field has the value that
 * transformers' class gives it, except for the sizes that no such file leaves out.
 */
import type { AttentionKind, GptNeoConfig } from '../reference/gpt-neo-types.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { Fields } from './config-fields.ts';
import {
  largestSize,
  readBoolean,
  readPositive,
  readSize,
  readTokenId,
  readTokenIds,
  refuse,
} from './config-fields.ts';
import type { Json } from './strict-json.ts';
import { describe, parseJson } from './strict-json.ts';

export interface GptNeoCheckpointConfig {
  readonly config: GptNeoConfig;
  readonly dialect: 'hugging-face';
  readonly modelType: 'gpt_neo';
  readonly bosTokenId?: number;
  readonly eosTokenIds: readonly number[];
}

/** The token that begins and ends texts of GPT-2's tokenizer, <|endoftext|>. */
const endOfText = 50256;
/** Ids are those of the largest vocabulary there may be. */
const mostIds = largestSize;

/**
 * Parses and checks a config.json of GPT-Neo.
 * @throws CheckpointError when the text is not JSON, a field is missing, has the wrong type or contradicts another
 */
export function parseGptNeoConfig(text: string, file: string): GptNeoCheckpointConfig {
  const object = parseJson(text, file);
  if (!(object instanceof Map)) throw new CheckpointError({ file }, `expected a JSON object, got ${describe(object)}`);
  return readGptNeoConfig({ file, object, prefix: '' });
}

/** The same of fields that are parsed already. */
export function readGptNeoConfig(fields: Fields): GptNeoCheckpointConfig {
  const { object } = fields;
  if (object.get('model_type') !== 'gpt_neo') refuse(fields, 'model_type', '"gpt_neo"');
  const activation = object.get('activation_function');
  if (activation !== undefined && activation !== 'gelu_new') {
    refuse(fields, 'activation_function', '"gelu_new", the only activation supported');
  }
  if (!readBoolean(fields, 'tie_word_embeddings', true)) refuse(fields, 'tie_word_embeddings', 'true');

  const vocabSize = readSize(fields, 'vocab_size');
  const hiddenSize = readSize(fields, 'hidden_size');
  const nLayer = readSize(fields, 'num_layers');
  const nHead = readSize(fields, 'num_heads', 16);
  if (hiddenSize % nHead !== 0) refuse(fields, 'num_heads', `a divisor of hidden_size (${hiddenSize})`);
  const inner = object.get('intermediate_size') ?? null;
  // transformers writes its defaults, 50256, for any vocabulary: an id that no row stands for is none.
  const isRow = (id: number) => id < vocabSize;
  const bosTokenId = readTokenId(fields, 'bos_token_id', endOfText, mostIds);
  return {
    ...{ dialect: 'hugging-face', modelType: 'gpt_neo' },
    config: {
      vocabSize,
      maxPositions: readSize(fields, 'max_position_embeddings', 2048),
      hiddenSize,
      nLayer,
      nHead,
      intermediateSize: inner === null ? 4 * hiddenSize : readSize(fields, 'intermediate_size'),
      windowSize: readSize(fields, 'window_size', 256),
      attentionKinds: readAttentionKinds(fields, nLayer),
      normEps: readPositive(fields, 'layer_norm_epsilon', 1e-5),
    },
    ...(bosTokenId !== undefined && isRow(bosTokenId) && { bosTokenId }),
    eosTokenIds: readTokenIds(fields, 'eos_token_id', endOfText, mostIds).filter(isRow),
  };
}

/** `attention_types`: [[["global", "local"], 12]] is that pair, twelve times. */
function readAttentionKinds(fields: Fields, nLayer: number): readonly AttentionKind[] {
  const expected = `lists of "global" and "local" with counts that make ${nLayer} layers (num_layers)`;
  const value = fields.object.get('attention_types') ?? [[['global', 'local'], nLayer / 2]];
  const kinds: AttentionKind[] = [];
  for (const part of Array.isArray(value) ? value : [value]) {
    const [pattern, count] = Array.isArray(part) ? part : [];
    if (!isPattern(pattern) || !isCount(count)) refuse(fields, 'attention_types', expected);
    if (kinds.length + pattern.length * count > nLayer) refuse(fields, 'attention_types', expected);
    for (let i = 0; i < count; i++) kinds.push(...pattern);
  }
  return kinds.length === nLayer ? kinds : refuse(fields, 'attention_types', expected);
}

function isPattern(value: Json | undefined): value is AttentionKind[] {
  return Array.isArray(value) && value.length > 0 && value.every((kind) => kind === 'global' || kind === 'local');
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
