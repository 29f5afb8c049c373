/**
 * A tiny assembler of pickles: opcodes by their names in CPython's pickletools, each a piece of bytes.
 */
import type { Bytes } from './bytes.ts';
import { joined, u16, u32, u64, utf8 } from './bytes.ts';

export const op = {
  proto: (version: number): Bytes => [0x80, version],
  frame: (length: number | bigint): Bytes => joined([[0x95], u64(length)]),
  stop: [0x2e] as Bytes,
  mark: [0x28] as Bytes,
  none: [0x4e] as Bytes,
  newTrue: [0x88] as Bytes,
  newFalse: [0x89] as Bytes,
  emptyTuple: [0x29] as Bytes,
  emptyDict: [0x7d] as Bytes,
  emptyList: [0x5d] as Bytes,
  tuple: [0x74] as Bytes,
  tuple1: [0x85] as Bytes,
  tuple2: [0x86] as Bytes,
  tuple3: [0x87] as Bytes,
  setItem: [0x73] as Bytes,
  setItems: [0x75] as Bytes,
  reduce: [0x52] as Bytes,
  build: [0x62] as Bytes,
  persistent: [0x51] as Bytes,
  memoize: [0x94] as Bytes,
  stackGlobal: [0x93] as Bytes,
  byte: (value: number): Bytes => [0x4b, value],
  short: (value: number): Bytes => joined([[0x4d], u16(value)]),
  int: (value: number): Bytes => joined([[0x4a], u32(value)]),
  long1: (...bytes: readonly number[]): Bytes => [0x8a, bytes.length, ...bytes],
  text: (text: string): Bytes => joined([[0x58], u32(utf8(text).length), utf8(text)]),
  shortText: (text: string): Bytes => joined([[0x8c, utf8(text).length], utf8(text)]),
  global: (module: string, name: string): Bytes => utf8(`c${module}\n${name}\n`),
  put: (index: number): Bytes => [0x71, index],
  longPut: (index: number): Bytes => joined([[0x72], u32(index)]),
  get: (index: number): Bytes => [0x68, index],
  longGet: (index: number): Bytes => joined([[0x6a], u32(index)]),
};

/** A pickle of protocol 2 of these pieces, with its end. */
export function pickle(...pieces: readonly Bytes[]): Uint8Array {
  return joined([op.proto(2), ...pieces, op.stop]);
}
