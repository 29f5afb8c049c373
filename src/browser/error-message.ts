/**
 * Errors cross as a name and a line, and become one of their class again where the class decides something: an exit code,
 * or how it is reported.
 */
import { DeviceLostError, OutOfMemoryError, UnsupportedError } from '../engine/errors.ts';
import { EmptyPromptError } from '../generation/generate.ts';
import { LogitsError } from '../generation/sampler.ts';
import { ShortTextError } from '../generation/score.ts';

const classes = {
  ...{ UnsupportedError, OutOfMemoryError, DeviceLostError, EmptyPromptError, ShortTextError, LogitsError },
  ...{ RangeError, TypeError },
};

export function errorFromMessage({ name, message }: { readonly name: string; readonly message: string }): Error {
  if (name in classes) return new classes[name as keyof typeof classes](message);
  return Object.assign(new Error(message), { name });
}

export function errorToMessage(error: unknown): { readonly name: string; readonly message: string } {
  if (!(error instanceof Error || error instanceof DOMException)) return { name: 'Error', message: String(error) };
  return { name: error.name, message: error.message };
}
