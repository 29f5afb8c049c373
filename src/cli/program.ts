/**
 * The command line as a whole: the commands, their help, and how usage errors look.
 */
import { Command } from 'commander';
import { benchCommand } from './bench.ts';
import { doctorCommand } from './doctor.ts';
import { estimateCommand } from './estimate.ts';
import { evaluateCommand } from './evaluate.ts';
import { exitCode, reportError, UsageError } from './exit.ts';
import { generateCommand } from './generate.ts';
import type { Interrupt } from './interrupt.ts';
import { modelsCommand } from './models.ts';
import { packageVersion } from './package-version.ts';
import { printable } from './printable.ts';
import { scoreCommand } from './score.ts';
import { vectorsCommand } from './vectors.ts';
import { verifyCommand } from './verify.ts';

const examples = `
Examples:
  $ mamba-ts generate                               the embedded model writes Shakespeare
  $ mamba-ts generate --prompt "KING:" --seed 1
  $ mamba-ts score hamlet.txt --json
  $ mamba-ts bench --random 130m --dtype bf16
  $ mamba-ts evaluate --random 130m --batch 8
  $ mamba-ts estimate 2.8b gpt-neo-2.7b --memory 64GiB
  $ mamba-ts generate --backend webgpu              on the GPU, through an installed browser
  $ mamba-ts models pull state-spaces/mamba-130m-hf
  $ mamba-ts verify
  $ mamba-ts vectors export vectors                 conformance vectors for other implementations
  $ mamba-ts doctor
  $ mamba-ts help generate

Exit codes: 0 ok, 1 failure, 2 usage, 3 a check found a mismatch, 69 backend unavailable, 130 interrupted
(143 by SIGTERM, 129 by SIGHUP).
Results go to stdout, everything else to stderr. MAMBA_TS_DEBUG=1 adds stack traces to errors.`;

/** Runs one command line, `args` without node and script. Errors are reported, not thrown. @returns the exit code */
export async function runProgram(args: readonly string[], interrupt: Interrupt): Promise<number> {
  try {
    const program = createProgram(interrupt);
    expectKnownTopic(program, args);
    await program.parseAsync(args, { from: 'user' });
    return exitCode.ok;
  } catch (error) {
    return reportError(error, interrupt.exitCode);
  }
}

function createProgram(interrupt: Interrupt): Command {
  const program = new Command('mamba-ts')
    .description('Mamba, a selective state space model, in TypeScript.')
    .version(packageVersion())
    .addHelpText('after', examples)
    .addCommand(generateCommand(interrupt))
    .addCommand(scoreCommand(interrupt))
    .addCommand(benchCommand(interrupt))
    .addCommand(estimateCommand(interrupt))
    .addCommand(evaluateCommand(interrupt))
    .addCommand(verifyCommand(interrupt))
    .addCommand(vectorsCommand(interrupt))
    .addCommand(modelsCommand(interrupt))
    .addCommand(doctorCommand(interrupt));
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    command.exitOverride().showSuggestionAfterError(false).configureOutput({ outputError });
  }
  return program;
}

/** Commander's own errors, `error: …` and a line's end, repeat what was typed. */
function outputError(text: string, write: (text: string) => void): void {
  write(`${printable(text.trimEnd())}\n`);
}

const answered = ['-h', '--help', '-V', '--version'];

/** Commander answers `help SOMETHING` with the whole help, whatever SOMETHING is and whatever comes behind it. */
function expectKnownTopic(program: Command, [command, topic, ...more]: readonly string[]): void {
  if (command !== 'help' || topic === undefined) return;
  const flag = [topic, ...more].find((word) => word.startsWith('-') && !answered.includes(word));
  if (flag !== undefined) throw new UsageError(`unknown option '${flag}'`);
  if (answered.includes(topic)) return;
  if (topic === 'help') program.help();
  if (program.commands.some((known) => known.name() === topic)) return;
  throw new UsageError(`unknown command '${topic}'`);
}
