/** What the other floors may use. Whatever needs Node (files and folders) is imported from its *.node.ts by name. */
export { type ByteSource, bytesSource, expectRange } from './byte-source.ts';
export { CheckpointError, type CheckpointErrorPlace } from './checkpoint-error.ts';
export { type CheckpointConfig, type Dialect, type ModelType, parseConfig } from './config.ts';
export { type Dtype, dtypeBytes, type FloatDtype } from './dtype.ts';
export { fingerprintOf } from './fingerprint.ts';
export { bfloat16ToNumber, float16ToNumber } from './half.ts';
export { type LoadOptions, type LoadProgress, loadWeights } from './load-weights.ts';
export { parameterCount } from './parameter-count.ts';
export { readFloatsInto, readTensor } from './read-tensor.ts';
export { openSafetensors, type Safetensors } from './safetensors.ts';
export type { TensorInfo } from './tensor-info.ts';
export { type TensorSlot, tensorTable } from './tensor-table.ts';
export { fileWeights, memoryWeights, rowsOf, type WeightSource } from './weight-source.ts';
export { type EncodedData, safetensorsBytes, type WritableTensor } from './write-safetensors.ts';
