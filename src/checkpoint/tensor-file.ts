/**
 * What every format comes down to: named tensors, each a range of bytes in some source. A model of several files is one
 * TensorFile whose tensors lie in several sources.
 */
import type { ByteSource } from './byte-source.ts';
import type { Dtype } from './dtype.ts';
import type { TensorInfo } from './tensor-info.ts';

/** Dtypes of safetensors, and GGUF's blocks of 32 numbers. */
export type StoredDtype = Dtype | 'Q8_0';

/** Row-major, without gaps, little-endian. */
export interface StoredTensor extends Omit<TensorInfo, 'dtype'> {
  readonly dtype: StoredDtype;
  /** Where begin … end − 1 lie. */
  readonly source: ByteSource;
}

/** Whose names and shapes the tensors have: those of PyTorch's modules, or llama.cpp's. */
export type TensorDialect = 'pytorch' | 'gguf';

export interface TensorFile {
  /** What errors call it; of several files, the one that lists them. */
  readonly name: string;
  readonly dialect: TensorDialect;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}
