/**
 * A model of random weights as a GGUF file for llama.cpp, from the same WeightSource that mamba-ts runs.
 *
 * The vocabulary is made up: only token ids are timed. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { TensorSlot, WeightSource } from '../../src/checkpoint/index.ts';
import { parameterCount, rowsOf, tensorTable } from '../../src/checkpoint/index.ts';
import type { MambaConfig } from '../../src/reference/types.ts';

export type GgufType = 'f32' | 'f16' | 'q8_0';

const typeCodes = { f32: 0, f16: 1, q8_0: 8 } as const;
const fileTypes = { f32: 0, f16: 1, q8_0: 7 } as const;
const alignment = 32;

const names: Readonly<Record<string, string>> = {
  embeddingWeight: 'token_embd.weight',
  normFWeight: 'output_norm.weight',
  normWeight: 'attn_norm.weight',
  inProjWeight: 'ssm_in.weight',
  conv1dWeight: 'ssm_conv1d.weight',
  conv1dBias: 'ssm_conv1d.bias',
  xProjWeight: 'ssm_x.weight',
  dtProjWeight: 'ssm_dt.weight',
  dtProjBias: 'ssm_dt.bias',
  aLog: 'ssm_a',
  D: 'ssm_d',
  outProjWeight: 'ssm_out.weight',
};

/** Writes the file; matrices in `type` where their rows are whole blocks, everything else in float32. */
export async function writeGguf(
  path: string,
  config: MambaConfig,
  source: WeightSource,
  type: GgufType,
): Promise<void> {
  const tensors = Array.from(tensorTable(config), (slot) => describeTensor(slot, type));
  const head = new Writer();
  head.bytes(Buffer.from('GGUF')).u32(3).u64(tensors.length);
  writeMetadata(head, config, type);
  let offset = 0;
  for (const { slot, code, bytes } of tensors) {
    const sizes = slot.shape.filter((size, i) => !(i === 1 && size === 1)).reverse();
    head.text(nameOf(slot)).u32(sizes.length);
    for (const size of sizes) head.u64(size);
    head.u32(code).u64(offset);
    offset += aligned(bytes);
  }
  const file = openSync(path, 'w');
  try {
    writePadded(file, head.all());
    for (const { slot, code } of tensors) writePadded(file, await encode(slot, code, source));
  } finally {
    closeSync(file);
  }
  console.log(`${path}: ${parameterCount(config)} parameters`);
}

function nameOf({ field, layer }: TensorSlot): string {
  return layer === undefined ? names[field]! : `blk.${layer}.${names[field]}`;
}

function describeTensor(slot: TensorSlot, type: GgufType) {
  const { rows, width } = rowsOf(slot);
  const matrix = slot.shape.length === 2 && slot.field !== 'aLog' && (type !== 'q8_0' || width % 32 === 0);
  const code = matrix ? typeCodes[type] : typeCodes.f32;
  const perNumber = code === typeCodes.q8_0 ? 34 / 32 : code === typeCodes.f16 ? 2 : 4;
  return { slot, code, bytes: rows * width * perNumber };
}

async function encode(slot: TensorSlot, code: number, source: WeightSource): Promise<Buffer> {
  const { rows } = rowsOf(slot);
  let numbers = await source.read(slot, 0, rows);
  if (slot.field === 'aLog') numbers = numbers.map((value) => -Math.exp(value));
  if (code === typeCodes.f32) return Buffer.from(numbers.buffer);
  return code === typeCodes.f16 ? encodeF16(numbers) : encodeQ8(numbers);
}

/** Good enough for weights of ordinary size: ties and subnormals do not matter to a stopwatch. */
function halfBits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  const exponent = ((bits >>> 23) & 255) - 112;
  const sign = (bits >>> 16) & 0x8000;
  if (exponent <= 0) return sign;
  return sign | ((exponent << 10) + ((bits & 0x7fffff) >>> 13) + ((bits >>> 12) & 1));
}

function encodeF16(numbers: Float32Array): Buffer {
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  const out = new Uint16Array(numbers.length);
  for (let i = 0; i < out.length; i++) {
    const bits = words[i]!;
    const exponent = ((bits >>> 23) & 255) - 112;
    const sign = (bits >>> 16) & 0x8000;
    out[i] = exponent <= 0 ? sign : sign | ((exponent << 10) + ((bits & 0x7fffff) >>> 13) + ((bits >>> 12) & 1));
  }
  return Buffer.from(out.buffer);
}

function encodeQ8(numbers: Float32Array): Buffer {
  const out = Buffer.alloc((numbers.length / 32) * 34);
  for (let block = 0; block * 32 < numbers.length; block++) {
    const values = numbers.subarray(32 * block, 32 * block + 32);
    const scale = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0) / 127;
    out.writeUInt16LE(halfBits(scale), 34 * block);
    for (let i = 0; i < 32; i++) out.writeInt8(scale > 0 ? Math.round(values[i]! / scale) : 0, 34 * block + 2 + i);
  }
  return out;
}

function writeMetadata(
  head: Writer,
  { vocabSize, dModel, nLayer, dInner, dState, dConv, dtRank }: MambaConfig,
  type: GgufType,
) {
  const numbers: [string, number][] = [
    ['mamba.context_length', 1048576],
    ['mamba.embedding_length', dModel],
    ['mamba.feed_forward_length', 0],
    ['mamba.attention.head_count', 0],
    ['mamba.block_count', nLayer],
    ['mamba.ssm.conv_kernel', dConv],
    ['mamba.ssm.inner_size', dInner],
    ['mamba.ssm.state_size', dState],
    ['mamba.ssm.time_step_rank', dtRank],
    ['general.file_type', fileTypes[type]],
    ['tokenizer.ggml.bos_token_id', 0],
    ['tokenizer.ggml.eos_token_id', 0],
  ];
  head.u64(numbers.length + 8);
  head.text('general.architecture').u32(8).text('mamba').text('general.name').u32(8).text('random');
  for (const [key, value] of numbers) head.text(key).u32(4).u32(value);
  head.text('mamba.attention.layer_norm_rms_epsilon').u32(6).f32(1e-5);
  head.text('tokenizer.ggml.model').u32(8).text('gpt2').text('tokenizer.ggml.pre').u32(8).text('olmo');
  head.text('tokenizer.ggml.tokens').u32(9).u32(8).u64(vocabSize);
  for (let id = 0; id < vocabSize; id++) head.text(`t${id}`);
  head.text('tokenizer.ggml.token_type').u32(9).u32(5).u64(vocabSize);
  for (let id = 0; id < vocabSize; id++) head.u32(1);
  head.text('tokenizer.ggml.merges').u32(9).u32(8).u64(1).text('t 0');
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function writePadded(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  writeSync(file, Buffer.alloc(aligned(bytes.length) - bytes.length));
}

class Writer {
  readonly #parts: Buffer[] = [];

  bytes(bytes: Buffer): this {
    this.#parts.push(bytes);
    return this;
  }

  u32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.bytes(bytes);
  }

  f32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    return this.bytes(bytes);
  }

  u64(value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return this.bytes(bytes);
  }

  text(text: string): this {
    const bytes = Buffer.from(text);
    return this.u64(bytes.length).bytes(bytes);
  }

  all(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
