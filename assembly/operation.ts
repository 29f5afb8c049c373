/**
 * An operation record: 128 bytes that say which kernel runs, on how much work, with which arguments.
 *
 * word 0  opcode · word 1  units of work · word 2  grain: units a thread claims at a time · words 4 … 31  arguments
 */
@unmanaged
export class Operation {
  opcode: i32;
  units: i32;
  grain: i32;
}

// @ts-ignore: decorator
@inline const recordBytes: usize = 128;
// @ts-ignore: decorator
@inline const headerBytes: usize = 16;

// @ts-ignore: decorator
@inline export function operationAt(program: usize, i: i32): Operation {
  return changetype<Operation>(program + <usize>i * recordBytes);
}

/** The arguments as a kernel's record. */
// @ts-ignore: decorator
@inline export function argumentsOf<T>(operation: Operation): T {
  return changetype<T>(changetype<usize>(operation) + headerBytes);
}
