/**
 * The state of a pickle being read: a stack, marks in it, a memo. Every access is checked; nothing is below a mark, and
 * no memo is used before it was written.
 */
import type { ByteCursor } from './byte-cursor.ts';
import { byteCursor } from './byte-cursor.ts';
import { CheckpointError, quote } from './checkpoint-error.ts';
import type { PickleRules, PickleValue } from './pickle-value.ts';
import { pickleWhat } from './pickle-value.ts';

export interface PickleMachine extends ByteCursor {
  readonly file: string;
  readonly rules: PickleRules;
  readonly stack: PickleValue[];
  /** Heights of the stack. */
  readonly marks: number[];
  readonly memo: Map<number, PickleValue>;
  /** Dictionaries and calls so far. */
  objects: number;
  /** Where the opcode stands that is being carried out. */
  opcodeAt: number;
}

/** Most values on the stack, marks, and memos. A dictionary of 1,000 tensors needs some 30, 8 and 20,000. */
const deepestStack = 2 ** 12;
const mostMarks = 2 ** 6;
const mostMemos = 2 ** 18;
/** Most dictionaries and calls: a tensor is two calls, a module's metadata one call and one dictionary. */
const mostObjects = 2 ** 15;

export function pickleMachine(bytes: Uint8Array, file: string, rules: PickleRules): PickleMachine {
  const missing = (length: number, at: number) =>
    pickleError(file, at, `expected ${length} bytes more, got ${bytes.length - at}`);
  const cursor = byteCursor(bytes, missing);
  return { ...cursor, file, rules, stack: [], marks: [], memo: new Map(), objects: 0, opcodeAt: 0 };
}

/** An error at the opcode that is being carried out. */
export function problem({ file, opcodeAt }: PickleMachine, text: string): CheckpointError {
  return pickleError(file, opcodeAt, text);
}

function pickleError(file: string, at: number, text: string): CheckpointError {
  return new CheckpointError({ file }, `pickle, byte ${at}: ${text}`);
}

export function push(machine: PickleMachine, value: PickleValue): void {
  const { stack } = machine;
  if (stack.length >= deepestStack)
    throw problem(machine, `expected at most ${deepestStack} values at a time, got more`);
  stack.push(value);
}

/** The same of a value that was made for it: the larger ones, by which a short pickle could fill memory. */
export function pushObject(machine: PickleMachine, value: PickleValue): void {
  if (++machine.objects > mostObjects) throw problem(machine, `expected at most ${mostObjects} objects, got more`);
  push(machine, value);
}

/** Takes the topmost value, which must lie above the last mark. */
export function pop(machine: PickleMachine): PickleValue {
  const value = top(machine);
  machine.stack.pop();
  return value;
}

export function top(machine: PickleMachine): PickleValue {
  const { stack, marks } = machine;
  if (stack.length > (marks.at(-1) ?? 0)) return stack.at(-1)!;
  throw problem(machine, 'expected a value on the stack, got none');
}

export function mark(machine: PickleMachine): void {
  const { marks, stack } = machine;
  if (marks.length >= mostMarks) throw problem(machine, `expected at most ${mostMarks} marks at a time, got more`);
  marks.push(stack.length);
}

/** Takes everything above the last mark, and the mark. */
export function popMark(machine: PickleMachine): PickleValue[] {
  const height = machine.marks.pop();
  if (height === undefined) throw problem(machine, 'expected a mark on the stack, got none');
  return machine.stack.splice(height);
}

/** Remembers the topmost value. */
export function remember(machine: PickleMachine, index: number): void {
  if (!(index < mostMemos)) throw problem(machine, `expected memos below ${mostMemos}, got ${index}`);
  machine.memo.set(index, top(machine));
}

export function recall(machine: PickleMachine, index: number): PickleValue {
  const value = machine.memo.get(index);
  if (value === undefined) throw problem(machine, `expected a memo written before, got ${index}`);
  return value;
}

/** Puts a pair into the dictionary on top. */
export function setItem(machine: PickleMachine, key: PickleValue, value: PickleValue): void {
  const dictionary = top(machine);
  if (!(dictionary instanceof Map)) {
    throw problem(machine, `expected a dictionary on the stack, got ${pickleWhat(dictionary)}`);
  }
  if (typeof key !== 'string') throw problem(machine, `expected a text as a key, got ${pickleWhat(key)}`);
  if (dictionary.has(key)) throw problem(machine, `expected different keys, got ${quote(key)} twice`);
  dictionary.set(key, value);
}
