/**
 * Asserts a refusal: the class of the error, every word of its text, and the file and tensor it names.
 */
import { expect } from 'vitest';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';

/** @param message the whole text, without "FILE: " or "FILE: tensor "NAME": " in front */
export async function expectRefusal(
  run: () => unknown,
  { file, tensor, message }: { file: string; tensor?: string; message: string },
): Promise<CheckpointError> {
  const error = await caught(run);
  expect(error).toBeInstanceOf(CheckpointError);
  const refusal = error as CheckpointError;
  expect(refusal.name).toBe('CheckpointError');
  const place = tensor === undefined ? file : `${file}: tensor ${JSON.stringify(tensor)}`;
  expect(refusal.message).toBe(`${place}: ${message}`);
  expect(refusal.file).toBe(file);
  expect(refusal.tensor).toBe(tensor);
  return refusal;
}

/** What `run` throws or rejects with. */
async function caught(run: () => unknown): Promise<unknown> {
  let result: unknown;
  try {
    result = await run();
  } catch (error) {
    return error;
  }
  return expect.fail(`expected a refusal, got ${String(result)}`);
}
