/**
 * `mamba-ts verify`: whether the backends of this machine compute what the reference does; with --model, whether a checkpoint
 * gives here what was published about it.
 */
import { Command, Option } from 'commander';
import type { SuiteRow } from '../oracle/index.ts';
import { backendNames } from './backends.ts';
import { InterruptedError, MismatchError, UsageError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import { integerIn, numberOption } from './number-option.ts';
import { writeJudgement, writeNote } from './output.ts';
import { verifyBackends } from './verify-backends.ts';
import { verifyModel } from './verify-model.ts';
import type { VerifiedBackend } from './verify-subjects.ts';
import { allBackends, isBackendName, parseVerified } from './verify-subjects.ts';

interface VerifyFlags {
  readonly backend?: VerifiedBackend;
  readonly problems?: number;
  readonly model?: string;
  readonly json?: boolean;
}

const examples = `
Examples:
  $ mamba-ts verify
  $ mamba-ts verify --backend webgpu --problems 100
  $ mamba-ts verify --json > report.json
  $ mamba-ts verify --model state-spaces/mamba-130m-hf    its published logits and texts

Checked are all builds of the WebAssembly kernels and all ways to a GPU that are here: on the cases of "vectors export",
in the ways in which a backend computes them; on seeded problems of growing sizes; and on small models with random
weights, a tenth as many, through the engine: texts read (model), one token at a time (step), tokens that the device
chooses itself (plan). An error of 1.00 is the most that its bound allows. Mistakes that the vectors show are named.

With --model a checkpoint is judged instead: the first logits and the greedy continuations that transformers' own tests
expect of it (mamba-130m, 790m, 1.4b, 2.8b, gpt-neo-1.3B; the embedded model's are in models/tiny-shakespeare).
Exit code 3 when something is outside of its bound, 69 when what was asked for is not here.`;

const problemsByDefault = 40;

export function verifyCommand(interrupt: Interrupt): Command {
  return new Command('verify')
    .description(
      'Check the backends of this machine against the reference: the vectors, random problems, small models.',
    )
    .addOption(
      new Option(
        '--backend <name>',
        `all, ${backendNames.join(', ')}, or a build of wasm (default: all; with --model wasm)`,
      ).argParser(parseVerified),
    )
    .addOption(
      numberOption('--problems', 'n', `problems an operation (default: ${problemsByDefault})`, integerIn(1, 2 ** 20)),
    )
    .option('--model <model>', 'ORG/NAME on the hub, a folder, or a .gguf file: check its published values instead')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples)
    .action((flags: VerifyFlags) => verify(flags, interrupt));
}

async function verify(flags: VerifyFlags, interrupt: Interrupt): Promise<void> {
  if (flags.model !== undefined && flags.problems !== undefined) {
    throw new UsageError('--problems expected no --model beside it');
  }
  const signal = interrupt.takeSignal();
  try {
    const { backend, model, problems = problemsByDefault, json } = flags;
    if (model === undefined) await verifyBackends({ backend: backend ?? allBackends, problems, json }, signal);
    else await verifyCheckpoint(model, flags, signal);
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : error;
  }
}

async function verifyCheckpoint(model: string, { backend = 'wasm', json }: VerifyFlags, signal: AbortSignal) {
  if (!isBackendName(backend)) {
    throw new UsageError(`--backend expected ${backendNames.join(', ')} beside --model, got "${backend}"`);
  }
  const { publishedOf, dtype, device, rows } = await verifyModel(model, backend, signal);
  const report = { model, publishedOf, backend, device, dtype, ok: failedOf(rows).length === 0, checks: rows };
  const heading = `${model} in ${dtype} on ${device}, by the published values of ${publishedOf}`;
  await writeJudgement(json ? `${JSON.stringify(report)}\n` : `${heading}\n\n${table(rows)}`);
  expectNone(rows, 'differ from the published values');
}

function failedOf(rows: readonly SuiteRow[]): readonly SuiteRow[] {
  return rows.filter(({ failures }) => failures.length > 0);
}

/** @throws MismatchError when a row failed, after a line for each */
function expectNone(rows: readonly SuiteRow[], problem: string): void {
  const failed = failedOf(rows);
  for (const { operation, failures } of failed) writeNote(`${operation}: ${failures[0]}`);
  if (failed.length === 0) return;
  const names = failed.map(({ operation }) => operation).join(', ');
  throw new MismatchError(`${failed.length} of ${rows.length} checks ${problem}: ${names}`);
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
