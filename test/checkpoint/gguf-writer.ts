/**
 * GGUF files put together by hand, so that they can be wrong.
 */
import type { Bytes } from './bytes.ts';
import { f32, joined, u32, u64, utf8 } from './bytes.ts';

export interface GgufTensorParts {
  readonly name: string;
  /** Row-major, as everywhere else here; it is written the other way round. */
  readonly shape: readonly number[];
  readonly type: number;
  readonly data: Uint8Array;
  /** Instead of the place that follows. */
  readonly offset?: number;
}

export interface GgufWriting {
  readonly version?: number;
  readonly alignment?: number;
  /** Instead of the true counts. */
  readonly tensors?: bigint;
  readonly pairs?: bigint;
}

/** Values of metadata: type and bytes. */
export const ggufValue = {
  u32: (value: number): Bytes => joined([u32(4), u32(value)]),
  f32: (value: number): Bytes => joined([u32(6), f32(value)]),
  bool: (value: boolean): Bytes => joined([u32(7), [value ? 1 : 0]]),
  text: (value: string): Bytes => joined([u32(8), ggufText(value)]),
  texts: (values: readonly string[]): Bytes =>
    joined([u32(9), u32(8), u64(values.length), ...values.map((value) => ggufText(value))]),
  numbers: (values: readonly number[]): Bytes =>
    joined([u32(9), u32(4), u64(values.length), ...values.map((value) => u32(value))]),
};

export function ggufText(text: string): Uint8Array {
  return joined([u64(utf8(text).length), utf8(text)]);
}

export function ggufBytes(
  metadata: Iterable<readonly [key: string, value: Bytes]>,
  tensors: readonly GgufTensorParts[],
  { version = 3, alignment = 32, tensors: tensorCount, pairs: pairCount }: GgufWriting = {},
): Uint8Array {
  const pairs = [...metadata];
  const parts: Bytes[] = [
    utf8('GGUF'),
    u32(version),
    u64(tensorCount ?? tensors.length),
    u64(pairCount ?? pairs.length),
  ];
  for (const [key, value] of pairs) parts.push(ggufText(key), value);
  let at = 0;
  const padding = (length: number) => new Uint8Array(Math.ceil(length / alignment) * alignment - length);
  for (const { name, shape, type, data, offset } of tensors) {
    parts.push(ggufText(name), u32(shape.length), ...shape.toReversed().map((size) => u64(size)));
    parts.push(u32(type), u64(offset ?? at));
    at += data.length + padding(data.length).length;
  }
  const head = joined(parts);
  return joined([head, padding(head.length), ...tensors.flatMap(({ data }) => [data, padding(data.length)])]);
}
