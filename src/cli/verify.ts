/**
 * `mamba-ts verify`: whether a backend computes on this machine what the reference does.
 */
import { Command, Option } from 'commander';
import type { SuiteRow } from '../oracle/index.ts';
import type { BackendName } from './backends.ts';
import { backendNames, parseBackend } from './backends.ts';
import { InterruptedError, MismatchError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import { integerIn, numberOption } from './number-option.ts';
import { writeNote, writeResult } from './output.ts';
import { createProgress } from './progress.ts';
import { runVerification } from './run-verification.ts';

interface VerifyFlags {
  readonly backend: BackendName;
  readonly problems: number;
  readonly json?: boolean;
}

const examples = `
Examples:
  $ mamba-ts verify
  $ mamba-ts verify --backend webgpu --problems 100
  $ mamba-ts verify --json

Each operation runs seeded problems of growing sizes; an error of 1.00 is the most that its bound allows. Then small
models with random weights, a tenth as many, run through the engine: texts read (model), one token at a time (step), and
tokens that the device chooses itself (plan).
Exit code 3 when one of them is outside of its bound, 69 when the backend is not available.`;

export function verifyCommand(interrupt: Interrupt): Command {
  return new Command('verify')
    .description('Check a backend on this machine against the reference: operations one by one, then small models.')
    .addOption(
      new Option('--backend <name>', `what is checked: ${backendNames.join(', ')}`)
        .default('wasm')
        .argParser(parseBackend),
    )
    .addOption(numberOption('--problems', 'n', 'problems an operation', integerIn(1, 2 ** 20)).default(40))
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples)
    .action((flags: VerifyFlags) => verify(flags, interrupt));
}

async function verify({ backend, problems, json }: VerifyFlags, interrupt: Interrupt): Promise<void> {
  const signal = interrupt.takeSignal();
  const progress = createProgress('verify', 'checks');
  try {
    const { device, rows } = await runVerification(backend, problems, { signal, onProgress: progress.update });
    progress.clear();
    const failed = rows.filter(({ failures }) => failures.length > 0);
    const report = { backend, device, problems, ok: failed.length === 0, operations: rows };
    await writeResult(json ? `${JSON.stringify(report)}\n` : `${backend} on ${device}\n\n${table(rows)}`);
    for (const { operation, failures } of failed) writeNote(`${operation}: ${failures[0]}`);
    if (failed.length > 0) {
      const names = failed.map(({ operation }) => operation).join(', ');
      throw new MismatchError(`${failed.length} of ${rows.length} checks are outside of their bounds: ${names}`);
    }
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : error;
  } finally {
    progress.clear();
  }
}

/** What was checked, problems that ran, the worst error in units of its bound; for what did not run a dash and why. */
function table(rows: readonly SuiteRow[]): string {
  const width = Math.max(...rows.map(({ operation }) => operation.length));
  const line = ({ operation, cases, worst, failures, absent }: SuiteRow) => {
    const ran =
      cases > 0
        ? `${String(cases).padStart(6)}  ${worstText(worst).padStart(6)}`
        : `${'–'.padStart(6)}  ${'–'.padStart(6)}`;
    const remarks = [...(failures.length > 0 ? [`${failures.length} FAILED`] : []), ...absent];
    return `${operation.padEnd(width)} ${ran}  ${remarks.join('; ')}`.trimEnd();
  };
  return `${[`${'operation'.padEnd(width)}    ran   worst`, ...rows.map(line)].join('\n')}\n`;
}

function worstText(worst: number): string {
  return Number.isFinite(worst) ? worst.toFixed(2) : '∞';
}
