/** The config.json files of the two models that the blog compares, the fields that say sizes, as published. */

export const mamba28 = JSON.stringify({
  ...{ d_model: 2560, n_layer: 64, vocab_size: 50277, ssm_cfg: {} },
  ...{ rms_norm: true, residual_in_fp32: true, fused_add_norm: true, pad_vocab_size_multiple: 8 },
});

export const gptNeo27 = JSON.stringify({
  ...{ model_type: 'gpt_neo', activation_function: 'gelu_new', attention_types: [[['global', 'local'], 16]] },
  ...{ bos_token_id: 50256, eos_token_id: 50256, hidden_size: 2560, intermediate_size: null },
  ...{ layer_norm_epsilon: 1e-5, max_position_embeddings: 2048, num_heads: 20, num_layers: 32 },
  ...{ vocab_size: 50257, window_size: 256 },
});
