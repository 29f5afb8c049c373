/**
 * A small GPT-Neo as a folder of a checkpoint, in any of the formats it comes in, with the embedded model's tokenizer.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gptNeoTable, rowsOf } from '../src/checkpoint/index.ts';
import { randomWeights } from '../src/engine/random-weights.ts';
import type { GptNeoConfig } from '../src/reference/gpt-neo-types.ts';
import type { ModelTensor } from './checkpoint/model-formats.ts';
import { asSafetensors, asShards, asTorch } from './checkpoint/model-formats.ts';
import { embeddedFolder } from './embedded.ts';

export const folderConfig: GptNeoConfig = {
  ...{ vocabSize: 256, maxPositions: 64, hiddenSize: 32, nLayer: 2, nHead: 4, intermediateSize: 128, windowSize: 9 },
  ...{ attentionKinds: ['global', 'local'], normEps: 1e-5 },
};

const configJson = {
  ...{ model_type: 'gpt_neo', vocab_size: 256, max_position_embeddings: 64, hidden_size: 32, num_layers: 2 },
  ...{ num_heads: 4, window_size: 9, attention_types: [[['global', 'local'], 1]] },
  ...{ bos_token_id: null, eos_token_id: null },
};

export type FolderFormat = 'safetensors' | 'shards' | 'bin';

/** @returns the folder's path; whoever asks for it removes it */
export async function writeGptNeoFolder(format: FolderFormat): Promise<string> {
  const source = randomWeights(folderConfig, 3);
  const tensors: ModelTensor[] = [];
  for (const slot of gptNeoTable(folderConfig)) {
    const { name, shape } = slot;
    const numbers = (await source.read(slot, 0, rowsOf(slot).rows)).map((x) => 4 * x); // a text that does not repeat itself
    tensors.push({ name, ggufName: name, shape, ggufShape: shape, numbers });
  }
  const folder = mkdtempSync(join(tmpdir(), 'mamba-ts-gpt-neo-'));
  const files: Record<string, Uint8Array | string> = {
    'config.json': JSON.stringify(configJson),
    'tokenizer.json': readFileSync(`${embeddedFolder}tokenizer.json`, 'utf8'),
    ...(format === 'safetensors' && { 'model.safetensors': asSafetensors(tensors) }),
    ...(format === 'bin' && { 'pytorch_model.bin': asTorch(tensors) }),
    ...(format === 'shards' && asShards(tensors, 2)),
  };
  for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data);
  return folder;
}
