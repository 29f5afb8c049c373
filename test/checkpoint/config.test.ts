import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/checkpoint/config.ts';
import { expectRefusal } from './refusal.ts';

async function refused(text: string, message: string): Promise<void> {
  await expectRefusal(() => parseConfig(text, 'config.json'), { file: 'config.json', message });
}

describe('parseConfig', () => {
  it('takes the dialect from the fields: model_type for transformers, d_model for mamba_ssm', () => {
    const sizes = '"hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 64';
    const huggingFace = parseConfig(`{"model_type": "mamba", ${sizes}}`, 'config.json');
    const stateSpaces = parseConfig('{"d_model": 32, "n_layer": 2, "vocab_size": 64}', 'config.json');
    expect(huggingFace.dialect).toBe('hugging-face');
    expect(stateSpaces.dialect).toBe('state-spaces');
    expect(parseConfig(`{"model_type": "mamba", "d_model": 1, ${sizes}}`, 'c').dialect).toBe('hugging-face');
  });

  it('the same model in both dialects is the same config but for use_bias, whose default differs', () => {
    const sizes = '"hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 64';
    const huggingFace = parseConfig(`{"model_type": "mamba", "use_bias": false, ${sizes}}`, 'config.json');
    const stateSpaces = parseConfig('{"d_model": 32, "n_layer": 2, "vocab_size": 64}', 'config.json');
    expect(huggingFace.config).toEqual(stateSpaces.config);
  });

  it('refuses a text that is neither', async () => {
    const expected = '"mamba" or "falcon_mamba", or else a "d_model" as in mamba_ssm\'s configs';
    await refused('{}', `"model_type" expected ${expected}, got nothing`);
    await refused('{"hidden_size": 32}', `"model_type" expected ${expected}, got nothing`);
  });

  it('refuses what is no JSON object, fields that stand twice, and the bare words that Python writes', async () => {
    await refused('[]', 'expected a JSON object, got []');
    await refused('3', 'expected a JSON object, got 3');
    await refused('', 'JSON, line 1, column 1: expected a value, got the end of the text');
    await refused(
      '{"d_model": 1,\n "d_model": 2}',
      'JSON, line 2, column 2: expected different keys, got "d_model" twice',
    );
    const word =
      'the bare word Infinity, which JSON does not have (Python writes it, into Mamba-2 configs for example)';
    await refused(
      '{"model_type": "mamba2",\n  "time_step_limit": [0.0, Infinity]}',
      `JSON, line 2, column 28: expected a value, got ${word}`,
    );
  });
});
