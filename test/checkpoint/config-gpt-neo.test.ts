import { describe, expect, test } from 'vitest';
import { parseGptNeoConfig } from '../../src/checkpoint/config-gpt-neo.ts';
import { gptNeoParameterCount } from '../../src/checkpoint/parameter-count-gpt-neo.ts';
import { gptNeoTable } from '../../src/checkpoint/tensor-table-gpt-neo.ts';

/** As EleutherAI's config.json files say it, reduced to what is read. */
const published = (hidden_size: number, num_layers: number, num_heads: number) => ({
  model_type: 'gpt_neo',
  activation_function: 'gelu_new',
  attention_types: [[['global', 'local'], num_layers / 2]],
  ...{ hidden_size, num_layers, num_heads, vocab_size: 50257, max_position_embeddings: 2048, window_size: 256 },
  ...{ intermediate_size: null, layer_norm_epsilon: 1e-5, bos_token_id: 50256, eos_token_id: 50256 },
});

const parse = (fields: object) => parseGptNeoConfig(JSON.stringify(fields), 'config.json');

describe('parameters of the published sizes', () => {
  test.each([
    ['gpt-neo-125M', published(768, 12, 12), 125_198_592],
    ['gpt-neo-1.3B', published(2048, 24, 16), 1_315_575_808],
    ['gpt-neo-2.7B', published(2560, 32, 20), 2_651_307_520],
  ])('%s is counted exactly, and its tensors have as many numbers', (_, fields, count) => {
    const { config } = parse(fields);
    expect(gptNeoParameterCount(config)).toBe(count);
    let numbers = 0;
    for (const { shape } of gptNeoTable(config)) numbers += shape.reduce((product, size) => product * size, 1);
    expect(numbers).toBe(count);
  });
});

describe('config.json of a GPT-Neo', () => {
  test('global and local layers alternate as attention_types says, and the MLP is four times as wide unless it says so', () => {
    const { config, bosTokenId, eosTokenIds } = parse(published(2560, 32, 20));
    expect(config.attentionKinds).toEqual(Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? 'global' : 'local')));
    expect(config.intermediateSize).toBe(10240);
    expect({ bosTokenId, eosTokenIds }).toEqual({ bosTokenId: 50256, eosTokenIds: [50256] });
    expect(parse({ ...published(64, 2, 4), intermediate_size: 96 }).config.intermediateSize).toBe(96);
  });

  test('absent fields have the values of the class', () => {
    const { config } = parse({ model_type: 'gpt_neo', vocab_size: 60000, hidden_size: 64, num_layers: 2 });
    expect(config).toMatchObject({ nHead: 16, maxPositions: 2048, windowSize: 256, normEps: 1e-5 });
    expect(config.attentionKinds).toEqual(['global', 'local']);
  });

  test('a bos or eos id beyond the vocabulary, as transformers writes it for small models, is none', () => {
    const small = { ...published(64, 2, 4), vocab_size: 64 };
    for (const fields of [small, { ...small, bos_token_id: undefined, eos_token_id: undefined }]) {
      const { bosTokenId, eosTokenIds } = parse(fields);
      expect([bosTokenId, eosTokenIds]).toEqual([undefined, []]);
    }
    expect(parse({ ...small, eos_token_id: [63, 64] }).eosTokenIds).toEqual([63]);
    expect(() => parse({ ...small, eos_token_id: -1 })).toThrow('"eos_token_id" expected a token id');
  });

  test.each([
    [{ num_heads: 7 }, '"num_heads" expected a divisor of hidden_size (64), got 7'],
    [{ activation_function: 'relu' }, '"activation_function" expected "gelu_new", the only activation supported'],
    [{ attention_types: [[['global'], 1]] }, '"attention_types" expected lists of "global" and "local"'],
    [{ attention_types: [[['global'], 1e15]] }, '"attention_types" expected lists'],
    [{ attention_types: [[['sparse'], 2]] }, '"attention_types" expected lists'],
    [{ attention_types: 'local' }, '"attention_types" expected lists'],
    [{ tie_word_embeddings: false }, '"tie_word_embeddings" expected true, got false'],
    [{ window_size: 0 }, '"window_size" expected an integer from 1'],
    [{ model_type: 'gpt2' }, '"model_type" expected "gpt_neo", got "gpt2"'],
  ])('%j is refused by its name', (change, message) => {
    expect(() => parse({ ...published(64, 2, 4), ...change })).toThrow(message);
  });
});
