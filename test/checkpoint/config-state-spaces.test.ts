import { describe, expect, it } from 'vitest';
import type { CheckpointConfig } from '../../src/checkpoint/config.ts';
import { parseConfig } from '../../src/checkpoint/config.ts';
import { expectRefusal } from './refusal.ts';

const required = { d_model: 40, n_layer: 3, vocab_size: 50_277 };

function parse(fields: Record<string, unknown>): CheckpointConfig {
  return parseConfig(JSON.stringify({ ...required, ...fields }), 'config.json');
}

async function refused(fields: Record<string, unknown>, message: string): Promise<void> {
  await expectRefusal(() => parse(fields), { file: 'config.json', message });
}

const published = {
  ssm_cfg: {},
  rms_norm: true,
  residual_in_fp32: true,
  fused_add_norm: true,
  pad_vocab_size_multiple: 8,
};

describe('a config of mamba_ssm', () => {
  it('as published is Mamba-1 with the defaults of the package', () => {
    expect(parse(published)).toEqual({
      dialect: 'state-spaces',
      modelType: 'mamba',
      config: {
        vocabSize: 50_280,
        dModel: 40,
        nLayer: 3,
        dInner: 80,
        dState: 16,
        dConv: 4,
        dtRank: 3,
        normEps: 1e-5,
        useBias: false,
        useConvBias: true,
        tieWordEmbeddings: true,
      },
      eosTokenIds: [],
    });
    expect(parse({})).toEqual(parse(published));
  });

  it('reads every field from its own place', () => {
    const ssm_cfg = { layer: 'Mamba1', d_state: 8, d_conv: 2, expand: 3, dt_rank: 6, conv_bias: false, bias: true };
    const training = { dt_min: 0.1, dt_max: 1, dt_init: 'random', dt_scale: 1, dt_init_floor: 0, use_fast_path: true };
    const rest = { tie_embeddings: false, attn_layer_idx: [], attn_cfg: {}, d_intermediate: 0, vocab_size: 100 };
    const fields = { ...rest, ssm_cfg: { ...ssm_cfg, ...training }, pad_vocab_size_multiple: 1 };
    expect(parse(fields).config).toEqual({
      vocabSize: 100,
      dModel: 40,
      nLayer: 3,
      dInner: 120,
      dState: 8,
      dConv: 2,
      dtRank: 6,
      normEps: 1e-5,
      useBias: true,
      useConvBias: false,
      tieWordEmbeddings: false,
    });
  });

  it('rounds the vocabulary up to the multiple, by 8 when none is given', () => {
    const rows = (vocab_size: number, pad?: number) =>
      parse({ vocab_size, pad_vocab_size_multiple: pad }).config.vocabSize;
    expect([rows(50_277, 8), rows(50_280, 8), rows(50_281, 8), rows(1), rows(50_277, 1), rows(50_277, 128)]).toEqual([
      50_280, 50_280, 50_288, 8, 50_277, 50_304,
    ]);
  });

  it('refuses a missing size, by its name', async () => {
    const message = (name: string) => `"${name}" expected an integer from 1 to 2147483647, got nothing`;
    await refused({ n_layer: undefined }, message('n_layer'));
    await refused({ vocab_size: undefined }, message('vocab_size'));
  });

  it('refuses a wrong type in every field that it reads', async () => {
    const size = 'an integer from 1 to 2147483647';
    for (const name of ['d_model', 'n_layer', 'vocab_size', 'pad_vocab_size_multiple']) {
      await refused({ [name]: 'x' }, `"${name}" expected ${size}, got "x"`);
    }
    for (const name of ['rms_norm', 'residual_in_fp32', 'fused_add_norm', 'tie_embeddings']) {
      await refused({ [name]: 'x' }, `"${name}" expected true or false, got "x"`);
    }
    for (const name of ['d_state', 'd_conv', 'expand']) {
      await refused({ ssm_cfg: { [name]: 'x' } }, `"ssm_cfg.${name}" expected ${size}, got "x"`);
    }
    for (const name of ['conv_bias', 'bias']) {
      await refused({ ssm_cfg: { [name]: 'x' } }, `"ssm_cfg.${name}" expected true or false, got "x"`);
    }
    await refused({ ssm_cfg: { dt_rank: 'x' } }, '"ssm_cfg.dt_rank" expected "auto" or an integer ≥ 1, got "x"');
    await refused({ ssm_cfg: [] }, '"ssm_cfg" expected an object, got []');
    await refused({ ssm_cfg: 1 }, '"ssm_cfg" expected an object, got 1');
  });

  it('refuses other blocks than RMSNorm + Mamba-1, and says so', async () => {
    await refused({ rms_norm: false }, '"rms_norm" expected true, LayerNorm is not supported, got false');
    const attention = '"attn_layer_idx" expected an empty list, attention layers are not supported';
    await refused({ attn_layer_idx: [9, 18] }, `${attention}, got [9, 18]`);
    await refused({ attn_layer_idx: 'x' }, `${attention}, got "x"`);
    const mlp = '"d_intermediate" expected 0, blocks with an MLP are not supported';
    await refused({ d_intermediate: 64 }, `${mlp}, got 64`);
    const layer = '"ssm_cfg.layer" expected "Mamba1", the only mixer supported';
    await refused({ ssm_cfg: { layer: 'Mamba2' } }, `${layer}, got "Mamba2"`);
    const fields = 'layer, d_state, d_conv, expand, dt_rank, conv_bias, bias';
    const headdim = `"ssm_cfg.headdim" expected no such field (Mamba-1 has ${fields}), got 64`;
    await refused({ ssm_cfg: { headdim: 64 } }, headdim);
  });

  it('takes null like absence where Python does', () => {
    const fields = { ssm_cfg: null, attn_layer_idx: null, d_intermediate: null };
    expect(parse(fields)).toEqual(parse({}));
  });

  it('refuses an inner size or a vocabulary of 2^31 or more', async () => {
    const most = 2147483647;
    expect(parse({ d_model: most, ssm_cfg: { expand: 1 } }).config.dInner).toBe(most);
    const message = `"ssm_cfg.expand" expected expand × d_model of at most ${most}, got 2`;
    await refused({ d_model: 2 ** 30, ssm_cfg: { expand: 2 } }, message);
    const vocabulary = `"vocab_size" expected at most ${most} rows, padding included, got ${most}`;
    await refused({ vocab_size: most }, vocabulary);
    expect(parse({ vocab_size: most, pad_vocab_size_multiple: 1 }).config.vocabSize).toBe(most);
  });
});
