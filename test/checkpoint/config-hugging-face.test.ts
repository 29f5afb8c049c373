import { describe, expect, it } from 'vitest';
import type { CheckpointConfig } from '../../src/checkpoint/config.ts';
import { parseConfig } from '../../src/checkpoint/config.ts';
import { expectRefusal } from './refusal.ts';

const required = { model_type: 'mamba', hidden_size: 40, num_hidden_layers: 3, vocab_size: 100 };

function parse(fields: Record<string, unknown>): CheckpointConfig {
  return parseConfig(JSON.stringify({ ...required, ...fields }), 'config.json');
}

async function refused(fields: Record<string, unknown>, message: string): Promise<void> {
  await expectRefusal(() => parse(fields), { file: 'config.json', message });
}

describe('a config of transformers', () => {
  it('with nothing but its sizes has the defaults of the class MambaConfig', () => {
    expect(parse({})).toEqual({
      dialect: 'hugging-face',
      modelType: 'mamba',
      config: {
        vocabSize: 100,
        dModel: 40,
        nLayer: 3,
        dInner: 80,
        dState: 16,
        dConv: 4,
        dtRank: 3,
        normEps: 1e-5,
        useBias: true,
        useConvBias: true,
        tieWordEmbeddings: true,
      },
      bosTokenId: 0,
      eosTokenIds: [0],
    });
  });

  it('for Falcon-Mamba has that class’s defaults: no bias, the mixer’s norms with eps 1e-6', () => {
    const { modelType, config } = parse({ model_type: 'falcon_mamba' });
    expect(modelType).toBe('falcon_mamba');
    expect([config.useBias, config.mixerRmsEps]).toEqual([false, 1e-6]);
    expect(parse({ model_type: 'falcon_mamba', mixer_rms_eps: 1e-3 }).config.mixerRmsEps).toBe(1e-3);
  });

  it('reads every field from its own place', () => {
    const parsed = parse({
      intermediate_size: 7,
      expand: 5,
      state_size: 8,
      conv_kernel: 2,
      time_step_rank: 6,
      layer_norm_epsilon: 1e-4,
      use_bias: false,
      use_conv_bias: false,
      tie_word_embeddings: false,
      residual_in_fp32: false,
      hidden_act: 'silu',
      bos_token_id: 1,
      eos_token_id: [2, 3],
      mixer_rms_eps: 1, // of no meaning here
    });
    expect(parsed.config).toEqual({
      vocabSize: 100,
      dModel: 40,
      nLayer: 3,
      dInner: 7,
      dState: 8,
      dConv: 2,
      dtRank: 6,
      normEps: 1e-4,
      useBias: false,
      useConvBias: false,
      tieWordEmbeddings: false,
    });
    expect([parsed.bosTokenId, parsed.eosTokenIds]).toEqual([1, [2, 3]]);
  });

  it('intermediate_size wins over expand, as Falcon-Mamba 7B needs it', () => {
    const falcon = parse({
      model_type: 'falcon_mamba',
      hidden_size: 4096,
      intermediate_size: 8192,
      expand: 16,
      num_hidden_layers: 64,
      time_step_rank: 256,
      vocab_size: 65024,
      tie_word_embeddings: false,
      eos_token_id: 11,
    });
    expect(falcon.config.dInner).toBe(8192);
    expect(parse({ expand: 3 }).config.dInner).toBe(120);
  });

  it('null names no token', () => {
    const parsed = parse({ bos_token_id: null, eos_token_id: null });
    expect('bosTokenId' in parsed).toBe(false);
    expect(parsed.eosTokenIds).toEqual([]);
  });

  it('the last token id is vocab_size − 1, and vocab_size is refused by the field’s name', async () => {
    const { bosTokenId, eosTokenIds } = parse({ bos_token_id: 99, eos_token_id: 99 });
    expect([bosTokenId, eosTokenIds]).toEqual([99, [99]]);
    const id = 'a token id (an integer in 0…99)';
    await refused({ bos_token_id: 100 }, `"bos_token_id" expected ${id} or null, got 100`);
    await refused({ eos_token_id: 100 }, `"eos_token_id" expected ${id}, a list of them or null, got 100`);
    await refused({ eos_token_id: [0, 100] }, `"eos_token_id" expected ${id}, a list of them or null, got [0, 100]`);
  });

  it('ids that are absent are never refused, even with a vocabulary of one token', () => {
    for (const model_type of ['mamba', 'falcon_mamba']) {
      const { bosTokenId, eosTokenIds } = parse({ model_type, vocab_size: 1 });
      expect([bosTokenId, eosTokenIds]).toEqual([0, [0]]);
    }
  });

  it('refuses a missing size, by its name', async () => {
    for (const name of ['hidden_size', 'num_hidden_layers', 'vocab_size']) {
      const message = `"${name}" expected an integer from 1 to 2147483647, got nothing`;
      await refused({ [name]: undefined }, message);
    }
  });

  it('refuses a wrong type in every field that it reads', async () => {
    const size = 'an integer from 1 to 2147483647';
    const expected: Record<string, string> = {
      hidden_size: size,
      num_hidden_layers: size,
      vocab_size: size,
      intermediate_size: size,
      state_size: size,
      conv_kernel: size,
      expand: size,
      time_step_rank: '"auto" or an integer ≥ 1',
      layer_norm_epsilon: 'a finite number above 0',
      use_bias: 'true or false',
      use_conv_bias: 'true or false',
      tie_word_embeddings: 'true or false',
      residual_in_fp32: 'true or false',
      bos_token_id: 'a token id (an integer in 0…99) or null',
      eos_token_id: 'a token id (an integer in 0…99), a list of them or null',
      hidden_act: '"silu", the only activation supported',
      model_type: '"mamba" or "falcon_mamba", the only models supported',
    };
    for (const [name, what] of Object.entries(expected)) {
      await refused({ [name]: 'x' }, `"${name}" expected ${what}, got "x"`);
    }
    const falcon = { model_type: 'falcon_mamba', mixer_rms_eps: 'x' };
    await refused(falcon, '"mixer_rms_eps" expected a finite number above 0, got "x"');
  });

  it('refuses other models and other activations, and says what is supported', async () => {
    for (const type of ['mamba2', 'gpt_neo', 'Mamba', 'constructor']) {
      await refused(
        { model_type: type },
        `"model_type" expected "mamba" or "falcon_mamba", the only models supported, got "${type}"`,
      );
    }
    await refused({ hidden_act: 'gelu' }, '"hidden_act" expected "silu", the only activation supported, got "gelu"');
    await refused({ hidden_act: null }, '"hidden_act" expected "silu", the only activation supported, got null');
  });

  it('refuses an inner size of 2^31 or more', async () => {
    const most = 2147483647;
    expect(parse({ hidden_size: most, expand: 1 }).config.dInner).toBe(most);
    const message = `"expand" expected expand × hidden_size of at most ${most}, got 2`;
    await refused({ hidden_size: 2 ** 30, expand: 2 }, message);
  });
});
