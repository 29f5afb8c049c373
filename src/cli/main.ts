#!/usr/bin/env node
/**
 * The program `mamba-ts`: runs from src through tsx and from dist with node.
 */
import { reportError } from './exit.ts';
import { listenForInterrupt } from './interrupt.ts';
import { ignoreStreamErrors } from './output.ts';
import { createProgram } from './program.ts';

ignoreStreamErrors();
try {
  await createProgram(listenForInterrupt()).parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
