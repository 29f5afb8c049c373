/**
 * Which files of a model are needed: safetensors before PyTorch's .bin and never both, one file before shards, and
 * beside the weights the configs and the tokenizer, where they are.
 */
import { expectSafePath } from './file-name.ts';
import { HubError, quote } from './hub-error.ts';
import { field, parsed } from './json-field.ts';

/** Forms of weights, the best first. */
const forms = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
] as const;

const companions = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'] as const;

/** Every name worth asking for where there is no list; shards are named by their index. */
export const probedNames: readonly string[] = [...companions, ...forms];

export interface Choice {
  /** Configs and tokenizer, as far as they are there. */
  readonly companions: readonly string[];
  /** The file of all weights, or the index of their shards. */
  readonly weights: string;
  readonly sharded: boolean;
}

/** @throws HubError `entry` when config.json or every form of weights is missing */
export function chooseFiles(names: ReadonlySet<string>, where: string): Choice {
  const weights = forms.find((name) => names.has(name));
  if (weights === undefined) {
    throw new HubError('entry', `${where}: expected ${forms[0]}, ${forms[2]} or an index of their shards, got neither`);
  }
  if (!names.has('config.json')) throw new HubError('entry', `${where}: expected a config.json, got none`);
  return {
    companions: companions.filter((name) => names.has(name)),
    ...{ weights, sharded: weights.endsWith('.index.json') },
  };
}

/**
 * The shards an index names, each once, in its order.
 * @param text of model.safetensors.index.json: `{"weight_map": {"TENSOR": "SHARD", …}}`
 * @param index that file, with its model in front, for people
 * @throws HubError `response` when it is no index; `name` when a shard would leave the folder or is no shard
 */
export function shardNames(text: string, index: string): readonly string[] {
  const map = weightMap(text);
  if (map === undefined) throw new HubError('response', `${index}: expected a weight_map of file names, got none`);
  const extension = index.endsWith('.safetensors.index.json') ? '.safetensors' : '.bin';
  const shards = [...new Set(map)];
  for (const shard of shards) {
    expectSafePath(shard, 'the name of a shard', index);
    if (shard.endsWith(extension)) continue;
    throw new HubError('name', `${index}: expected shards called *${extension}, got ${quote(shard)}`);
  }
  return shards;
}

/** Every tensor's file, or undefined when that is not what the text holds. */
function weightMap(text: string): readonly string[] | undefined {
  const map = field(parsed(text), 'weight_map');
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return undefined;
  const files: unknown[] = Object.values(map);
  return files.length > 0 && files.every((file) => typeof file === 'string') ? files : undefined;
}
