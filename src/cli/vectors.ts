/**
 * `mamba-ts vectors`: conformance vectors for implementations in other languages.
 */
import { Command } from 'commander';
import { checkVectorsCommand } from './check-vectors.ts';
import { exportVectorsCommand } from './export-vectors.ts';
import type { Interrupt } from './interrupt.ts';

const examples = `
Examples:
  $ mamba-ts vectors export vectors
  $ mamba-ts vectors check vectors results.safetensors
  $ mamba-ts vectors check vectors results.safetensors --exp gpu --json

docs/check-your-backend.md says how to run an implementation over them, with examples in Python and C.`;

export function vectorsCommand(interrupt: Interrupt): Command {
  return new Command('vectors')
    .description('Judge an implementation in any language: write conformance vectors, check what it made of them.')
    .addCommand(exportVectorsCommand(interrupt))
    .addCommand(checkVectorsCommand(interrupt))
    .addHelpText('after', examples);
}
