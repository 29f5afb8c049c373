/**
 * Fields of a config.json, read one by one: of the right type and in range, or an error that names file, field, what was
 * expected and what was found.
 */
import { CheckpointError } from './checkpoint-error.ts';
import type { Json, JsonObject } from './strict-json.ts';
import { describe } from './strict-json.ts';

/** An object of a config. */
export interface Fields {
  readonly file: string;
  readonly object: JsonObject;
  /** What stands before a field's name in errors: '', or 'ssm_cfg.' for the object of that name. */
  readonly prefix: string;
}

/** Largest size a config may state. Products of two of them are judged where they are used. */
export const largestSize = 2 ** 31 - 1;

/** @throws CheckpointError always: `"FIELD" expected …, got …`. */
export function refuse({ file, object, prefix }: Fields, name: string, expected: string): never {
  throw new CheckpointError({ file }, `"${prefix}${name}" expected ${expected}, got ${describe(object.get(name))}`);
}

/** A size: an integer from 1 to 2^31 − 1. Without `fallback` the field must be there. */
export function readSize(fields: Fields, name: string, fallback?: number): number {
  const value = valueIn(fields, name, fallback);
  if (isInteger(value) && value >= 1 && value <= largestSize) return value;
  return refuse(fields, name, `an integer from 1 to ${largestSize}`);
}

/** A finite number above 0. */
export function readPositive(fields: Fields, name: string, fallback: number): number {
  const value = valueIn(fields, name, fallback);
  if (typeof value === 'number' && value > 0 && value < Infinity) return value;
  return refuse(fields, name, 'a finite number above 0');
}

export function readBoolean(fields: Fields, name: string, fallback: boolean): boolean {
  const value = valueIn(fields, name, fallback);
  if (typeof value === 'boolean') return value;
  return refuse(fields, name, 'true or false');
}

/** The rank of Δ's projection: a size, or "auto" (also when absent), which is ⌈dModel/16⌉. */
export function readRank(fields: Fields, name: string, dModel: number): number {
  if (valueIn(fields, name, 'auto') === 'auto') return Math.ceil(dModel / 16);
  if (typeof fields.object.get(name) === 'number') return readSize(fields, name);
  return refuse(fields, name, '"auto" or an integer ≥ 1');
}

/** A token's id below vocabSize, or nothing when the field is null. The fallback is not judged. */
export function readTokenId(fields: Fields, name: string, fallback: number, vocabSize: number): number | undefined {
  const value = valueIn(fields, name, fallback);
  if (value === null) return undefined;
  if (isTokenId(value) && (value < vocabSize || !fields.object.has(name))) return value;
  return refuse(fields, name, `a token id (an integer in 0…${vocabSize - 1}) or null`);
}

/** One token's id below vocabSize, a list of them, or null for none. The fallback is not judged. */
export function readTokenIds(fields: Fields, name: string, fallback: number, vocabSize: number): readonly number[] {
  const value = valueIn(fields, name, fallback);
  if (value === null) return [];
  const ids: readonly Json[] = Array.isArray(value) ? value : [value];
  if (ids.every(isTokenId) && (ids.every((id) => id < vocabSize) || !fields.object.has(name))) return ids;
  return refuse(fields, name, `a token id (an integer in 0…${vocabSize - 1}), a list of them or null`);
}

/** The field's value. Absence means `fallback`; null is a value like any other. */
function valueIn({ object }: Fields, name: string, fallback: Json | undefined): Json | undefined {
  const value = object.get(name);
  return value === undefined ? fallback : value;
}

function isInteger(value: Json | undefined): value is number {
  return Number.isSafeInteger(value);
}

function isTokenId(value: Json | undefined): value is number {
  return isInteger(value) && value >= 0;
}
