import { expect, test } from 'vitest';
import { fallbackTokenizer } from '../../src/hub/fallback-tokenizer.ts';

test.each([
  ['{"d_model": 768, "n_layer": 24}', 'EleutherAI/gpt-neox-20b'],
  ['{"model_type": "mamba"}', 'EleutherAI/gpt-neox-20b'],
  ['{"model_type": "gpt_neo"}', 'openai-community/gpt2'],
  ['{"model_type": "falcon_mamba", "d_model": 1}', undefined],
  ['{}', undefined],
  ['[]', undefined],
  ['null', undefined],
  ['no JSON', undefined],
])('a model of config %s without a tokenizer takes that of %s', (config, id) => {
  expect(fallbackTokenizer(config)).toBe(id);
});
