/**
 * Where the tokenizer of a model is that comes without one.
 */
import { field, parsed } from './json-field.ts';

const gptNeoX = 'EleutherAI/gpt-neox-20b';
const gpt2 = 'openai-community/gpt2';

/**
 * The model whose tokenizer this one was trained with, or undefined when that is not known. The first Mamba models
 * (state-spaces; their configs have `d_model` and no `model_type`) read GPT-NeoX's tokens, GPT-Neo reads GPT-2's.
 * @param config the text of config.json
 */
export function fallbackTokenizer(config: string): string | undefined {
  const json = parsed(config);
  const type = field(json, 'model_type');
  if (type === 'gpt_neo') return gpt2;
  if (type === 'mamba') return gptNeoX;
  return type === undefined && field(json, 'd_model') !== undefined ? gptNeoX : undefined;
}
