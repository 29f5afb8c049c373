/**
 * Pickles, Python's format of objects, as far as a dictionary of tensors goes: protocols 2 to 5. A pickle is a program;
 * this machine knows 29 instructions, calls nothing and imports nothing. Everything else is refused by name.
 */
import { readU8 } from './byte-cursor.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { pickleMachine, pop, problem } from './pickle-machine.ts';
import { pickleOpcodes } from './pickle-opcodes.ts';
import type { PickleRules, PickleValue } from './pickle-value.ts';
import { refusedOpcodes } from './refused-opcodes.ts';

/** Most instructions: some 40 a tensor are usual. Each makes at most one small value, so that they bound memory too. */
const mostInstructions = 2 ** 18;

const proto = 0x80;
const stop = 0x2e;

/**
 * Reads one pickle, from its first byte to its last.
 * @throws CheckpointError when it is not whole, not well-formed, or wants anything that the rules do not know
 */
export function readPickle(bytes: Uint8Array, file: string, rules: PickleRules): PickleValue {
  const protocol = bytes[1] ?? 0;
  if (bytes[0] !== proto || protocol < 2 || protocol > 5) {
    const got = bytes[0] === proto ? `protocol ${protocol}` : 'none of those';
    throw new CheckpointError({ file }, `expected a pickle of protocol 2, 3, 4 or 5, got ${got}`);
  }
  const machine = pickleMachine(bytes, file, rules);
  machine.at = 2;
  for (let count = 0; ; count++) {
    machine.opcodeAt = machine.at;
    if (count === mostInstructions) throw problem(machine, `expected at most ${count} instructions, got more`);
    const code = readU8(machine);
    if (code === stop) break;
    const opcode = pickleOpcodes.get(code);
    if (opcode === undefined) {
      const name = refusedOpcodes.get(code) ?? `no opcode (${code})`;
      throw problem(machine, `expected an opcode that tensors need, got ${name}; nothing was run`);
    }
    opcode(machine);
  }
  const value = pop(machine);
  const left = machine.stack.length + machine.marks.length;
  if (left > 0) throw problem(machine, `expected one value at the end, got ${left} more`);
  if (machine.at === bytes.length) return value;
  throw problem(machine, `expected the end of the pickle, got ${bytes.length - machine.at} bytes more`);
}
