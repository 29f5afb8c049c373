/** What the other floors may use. Whatever needs Node (files and folders) is imported from its *.node.ts by name. */
export { type ByteSource, bytesSource, expectRange } from './byte-source.ts';
export { CheckpointError, type CheckpointErrorPlace } from './checkpoint-error.ts';
export {
  type CheckpointConfig,
  type Dialect,
  expectMamba,
  type ModelCheckpointConfig,
  type ModelType,
  parseConfig,
  parseModelConfig,
} from './config.ts';
export { ggufConfig } from './config-gguf.ts';
export { type GptNeoCheckpointConfig, parseGptNeoConfig } from './config-gpt-neo.ts';
export { type Dtype, dtypeBytes, type FloatDtype } from './dtype.ts';
export { fingerprintOf, fingerprintOfFile } from './fingerprint.ts';
export { type Gguf, openGguf } from './gguf.ts';
export { ggufTokenizerJson } from './gguf-tokenizer.ts';
export { bfloat16ToNumber, float16ToNumber } from './half.ts';
export type { LoadOptions, LoadProgress } from './load-assigned.ts';
export { loadWeights } from './load-weights.ts';
export { loadGptNeoWeights } from './load-weights-gpt-neo.ts';
export { chooseWeights, isGgufName, openWeights, weightFiles, weightFilesText } from './open-weights.ts';
export { parameterCount } from './parameter-count.ts';
export { gptNeoParameterCount } from './parameter-count-gpt-neo.ts';
export { readFloatsInto, readTensor } from './read-tensor.ts';
export { openSafetensors, type Safetensors } from './safetensors.ts';
export type { StoredTensor, TensorDialect, TensorFile } from './tensor-file.ts';
export type { TensorInfo } from './tensor-info.ts';
export { type TensorSlot, tensorTable } from './tensor-table.ts';
export { type GptNeoSizes, type GptNeoSlot, gptNeoPlan, gptNeoTable, isGptNeoBuffer } from './tensor-table-gpt-neo.ts';
export { openTorchFile } from './torch-file.ts';
export { fileWeights, memoryWeights, rowsOf, type WeightPlace, type WeightSource } from './weight-source.ts';
export { type EncodedData, safetensorsBytes, type WritableTensor } from './write-safetensors.ts';
