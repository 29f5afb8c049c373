#!/usr/bin/env node
/**
 * The program `mamba-ts`: runs from src through tsx and from dist with node.
 */
import { listenForInterrupt } from './interrupt.ts';
import { ignoreStreamErrors } from './output.ts';
import { runProgram } from './program.ts';

ignoreStreamErrors();
// Not process.exit: what was written to a pipe must get through first.
process.exitCode = await runProgram(process.argv.slice(2), listenForInterrupt());
