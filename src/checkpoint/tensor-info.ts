/**
 * One entry of a safetensors header: what a tensor is and where its bytes lie.
 */
import type { CheckpointErrorPlace } from './checkpoint-error.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { Dtype } from './dtype.ts';
import { dtypeBytes, isDtype } from './dtype.ts';
import type { Json, JsonObject } from './strict-json.ts';
import { describe } from './strict-json.ts';

export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** First byte and the byte after the last one, counted from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

const fields = ['dtype', 'shape', 'data_offsets'];

/**
 * Checks that dtype, shape and offsets are of their types and agree:
 *
 *   end − begin = bytes(dtype) · Π shape
 *
 * Every size must be a safe integer (below 2^53), the product on the way too.
 * @param dataStart where the data begins in the file
 * @throws CheckpointError
 */
export function parseTensorInfo(
  place: CheckpointErrorPlace & { readonly tensor: string },
  entry: Json,
  dataStart: number,
): TensorInfo {
  if (!(entry instanceof Map)) {
    throw new CheckpointError(place, `expected an object of ${fields.join(', ')}, got ${describe(entry)}`);
  }
  const object: JsonObject = entry;
  for (const key of object.keys()) {
    if (!fields.includes(key)) {
      throw new CheckpointError(place, `expected the fields ${fields.join(', ')}, got ${describe(key)}`);
    }
  }
  const dtype = parseDtype(place, object.get('dtype'));
  const shape = parseShape(place, object.get('shape'));
  const [begin, end] = parseOffsets(place, object.get('data_offsets'));

  const bytes = shape.reduce(multiply, dtypeBytes[dtype]);
  if (!Number.isSafeInteger(bytes)) {
    throw new CheckpointError(
      place,
      `"shape" expected less than 2^53 bytes in all, got ${describe(shape)} of ${dtype}`,
    );
  }
  if (end - begin !== bytes) {
    const got = `${end - begin} (${begin} to ${end})`;
    throw new CheckpointError(place, `expected ${bytes} bytes, ${describe(shape)} of ${dtype}, got ${got}`);
  }
  return { name: place.tensor, dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

/** A product that stays unsafe once it was, whatever follows. */
function multiply(product: number, size: number): number {
  return Number.isSafeInteger(product) ? product * size : Number.NaN;
}

function parseDtype(place: CheckpointErrorPlace, value: Json | undefined): Dtype {
  if (typeof value === 'string' && isDtype(value)) return value;
  const known = Object.keys(dtypeBytes).join(', ');
  throw new CheckpointError(place, `"dtype" expected one of ${known}, got ${describe(value)}`);
}

function parseShape(place: CheckpointErrorPlace, value: Json | undefined): readonly number[] {
  if (Array.isArray(value) && value.every(isSize)) return value;
  throw new CheckpointError(place, `"shape" expected a list of integers ≥ 0, got ${describe(value)}`);
}

function parseOffsets(place: CheckpointErrorPlace, value: Json | undefined): readonly [begin: number, end: number] {
  if (Array.isArray(value) && value.length === 2 && value.every(isSize)) {
    const [begin, end] = value as [number, number];
    if (begin <= end) return [begin, end];
  }
  throw new CheckpointError(place, `"data_offsets" expected two integers, 0 ≤ begin ≤ end, got ${describe(value)}`);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0) && (value as number) >= 0;
}
