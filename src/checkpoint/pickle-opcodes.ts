/**
 * The opcodes of a pickle that a tensor dictionary needs, and no others: none makes a list, an object or a call of
 * anything but what the rules know.
 *
 * Source: CPython, Lib/pickletools.py, "opcodes".
 */
import { readBytes, readI32, readText, readU8, readU16, readU32, readU64 } from './byte-cursor.ts';
import { quote } from './checkpoint-error.ts';
import type { PickleMachine } from './pickle-machine.ts';
import { mark, pop, popMark, problem, push, pushObject, recall, remember, setItem, top } from './pickle-machine.ts';
import type { PickleValue } from './pickle-value.ts';
import { isTuple, pickleWhat } from './pickle-value.ts';

type Opcode = (machine: PickleMachine) => void;

/** By code. PROTO and STOP are the loop's. */
export const pickleOpcodes: ReadonlyMap<number, Opcode> = new Map<number, Opcode>([
  [0x28, mark], // MARK
  [0x29, (m) => push(m, [])], // EMPTY_TUPLE
  [0x4a, (m) => push(m, readI32(m))], // BININT
  [0x4b, (m) => push(m, readU8(m))], // BININT1
  [0x4d, (m) => push(m, readU16(m))], // BININT2
  [0x4e, (m) => push(m, null)], // NONE
  [0x51, persistent], // BINPERSID
  [0x52, reduce], // REDUCE
  [0x58, (m) => push(m, text(m, readU32(m)))], // BINUNICODE
  [0x62, build], // BUILD
  [0x63, (m) => push(m, globalOf(m, line(m), line(m)))], // GLOBAL
  [0x68, (m) => push(m, recall(m, readU8(m)))], // BINGET
  [0x6a, (m) => push(m, recall(m, readU32(m)))], // LONG_BINGET
  [0x71, (m) => remember(m, readU8(m))], // BINPUT
  [0x72, (m) => remember(m, readU32(m))], // LONG_BINPUT
  [0x73, setOne], // SETITEM
  [0x74, (m) => push(m, popMark(m))], // TUPLE
  [0x75, setMany], // SETITEMS
  [0x7d, (m) => pushObject(m, new Map())], // EMPTY_DICT
  [0x85, (m) => push(m, popped(m, 1))], // TUPLE1
  [0x86, (m) => push(m, popped(m, 2))], // TUPLE2
  [0x87, (m) => push(m, popped(m, 3))], // TUPLE3
  [0x88, (m) => push(m, true)], // NEWTRUE
  [0x89, (m) => push(m, false)], // NEWFALSE
  [0x8a, (m) => push(m, long(m, readU8(m)))], // LONG1
  [0x8c, (m) => push(m, text(m, readU8(m)))], // SHORT_BINUNICODE
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x94, (m) => remember(m, m.memo.size)], // MEMOIZE
  [0x95, frame], // FRAME
]);

function popped(machine: PickleMachine, count: number): PickleValue[] {
  return Array.from({ length: count }, () => pop(machine)).reverse();
}

function text(machine: PickleMachine, length: number): string {
  const value = readText(machine, length);
  if (value === undefined) throw problem(machine, 'expected text in UTF-8, got bytes that are not');
  return value;
}

/** Longest line of a GLOBAL; the names that are known are shorter. */
const longestLine = 256;

function line(machine: PickleMachine): string {
  const { bytes, at } = machine;
  const end = bytes.subarray(at, at + longestLine).indexOf(0x0a);
  if (end < 0) throw problem(machine, `expected a name of less than ${longestLine} bytes, got a longer one`);
  const value = text(machine, end);
  machine.at++;
  return value;
}

/** An integer of up to 8 bytes in two's complement that float64 holds. */
function long(machine: PickleMachine, length: number): number {
  if (length > 8) throw problem(machine, `expected an integer of at most 8 bytes, got ${length}`);
  const bytes = readBytes(machine, length);
  const value = Number(
    BigInt.asIntN(
      8 * length,
      bytes.reduceRight((sum, byte) => 256n * sum + BigInt(byte), 0n),
    ),
  );
  if (Number.isSafeInteger(value)) return value;
  throw problem(machine, `expected an integer below 2^53, got ${value}`);
}

function globalOf(machine: PickleMachine, module: string, name: string): PickleValue {
  const value = machine.rules.global(`${module} ${name}`);
  if (value !== undefined) return value;
  const got = quote(`${module}.${name}`);
  throw problem(machine, `expected what a dictionary of tensors needs, got the global ${got}; nothing was run`);
}

function stackGlobal(machine: PickleMachine): void {
  const [module, name] = popped(machine, 2);
  if (typeof module !== 'string' || typeof name !== 'string') {
    throw problem(machine, `expected two texts, got ${pickleWhat(module)} and ${pickleWhat(name)}`);
  }
  push(machine, globalOf(machine, module, name));
}

function persistent(machine: PickleMachine): void {
  const id = pop(machine);
  const value = machine.rules.persistent(id);
  if (value === undefined) throw problem(machine, `expected a storage's id, got ${pickleWhat(id)}`);
  push(machine, value);
}

function reduce(machine: PickleMachine): void {
  const args = pop(machine);
  const callee = pop(machine);
  const value = isTuple(args) ? machine.rules.call(callee, args) : undefined;
  if (value === undefined) {
    const got = `${pickleWhat(callee)} with ${pickleWhat(args)}`;
    throw problem(machine, `expected a call that makes a tensor, got ${got}`);
  }
  pushObject(machine, value);
}

function build(machine: PickleMachine): void {
  const state = pop(machine);
  const value = top(machine);
  if (machine.rules.takesState(value, state)) return;
  throw problem(machine, `expected the metadata of a dictionary, got a state for ${pickleWhat(value)}`);
}

function setOne(machine: PickleMachine): void {
  const [key, value] = popped(machine, 2);
  setItem(machine, key!, value!);
}

function setMany(machine: PickleMachine): void {
  const pairs = popMark(machine);
  if (pairs.length % 2 !== 0) throw problem(machine, `expected keys and values, got ${pairs.length} of them`);
  for (let i = 0; i < pairs.length; i += 2) setItem(machine, pairs[i]!, pairs[i + 1]!);
}

function frame(machine: PickleMachine): void {
  const length = readU64(machine);
  if (!(length <= machine.bytes.length - machine.at)) throw machine.missing(length, machine.at);
}
