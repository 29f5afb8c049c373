/**
 * `mamba-ts evaluate`: the blog's experiment, one model or a sweep over batch sizes.
 */
import { Command, Option } from 'commander';
import { addScriptOptions, expectScriptFlags } from './evaluate-options.ts';
import { InterruptedError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import { measure } from './measure.ts';
import { writeNote, writeResult } from './output.ts';
import { resultOfError } from './point-result.ts';
import { sweep } from './sweep.ts';
import type { SweepFlags } from './sweep-options.ts';
import { addSweepOptions, expectSweepFlags } from './sweep-options.ts';

type EvaluateFlags = Omit<SweepFlags, 'sweep'> & Partial<Pick<SweepFlags, 'sweep'>> & { readonly point?: boolean };

const examples = `
Examples:
  $ mamba-ts evaluate --random 130m --batch 8
  $ mamba-ts evaluate --model-name state-spaces/mamba-130m --prompt "The Turing test" --repetition-penalty 1.2
  $ mamba-ts evaluate --random 130m --sweep 1,2,4,8 --out results       beside gpt-neo-125m, the shape of its class

It runs on wasm, reference and headlessgl. The time is the mean of three runs after a warm-up, each a prompt and what
follows it; the memory is the largest that the process has held, in GiB, rounded. A sweep starts a process for each
point; one that would need more than --memory-limit is not started, one that takes more is ended, and the sweep goes on.
With --out the same command goes on where an earlier one has ended.`;

export function evaluateCommand(interrupt: Interrupt): Command {
  const command = new Command('evaluate').description(
    "The blog's experiment, mamba_transformer_evaluation.py: its flags, defaults and lines.",
  );
  addSweepOptions(addScriptOptions(command));
  return command
    .option('--json', 'print one JSON object')
    .addOption(new Option('--point', 'one point of a sweep: how it ended, as JSON').hideHelp())
    .addHelpText('after', examples)
    .action((flags: EvaluateFlags) => evaluateFlags(flags, interrupt));
}

async function evaluateFlags(flags: EvaluateFlags, interrupt: Interrupt): Promise<void> {
  expectScriptFlags(flags);
  expectSweepFlags(flags);
  if (flags.point) return evaluatePoint(flags, interrupt);
  if (flags.as === 'blog') writeNote(withoutWindows);
  return flags.sweep === undefined ? evaluateModel(flags, interrupt) : sweep(flags as SweepFlags, interrupt);
}

const withoutWindows =
  'as the blog most likely ran it: flash_attention_2 sees all tokens in every layer, which is another function than the model';

async function evaluateModel(flags: EvaluateFlags, interrupt: Interrupt): Promise<void> {
  const signal = interrupt.takeSignal();
  const print = (line: string) => (flags.json ? undefined : writeResult(`${line}\n`));
  try {
    const measurement = await measure(flags, { signal, print });
    if (flags.json) await writeResult(`${JSON.stringify(measurement)}\n`);
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : error;
  }
}

const sendEvery = 100; // milliseconds

/** For a parent that may be gone at any time: then nobody wants the result. */
async function evaluatePoint(flags: EvaluateFlags, interrupt: Interrupt): Promise<void> {
  const signal = interrupt.takeSignal();
  process.once('disconnect', () => process.exit(1));
  if (process.connected === false) process.exit(1); // it is gone already
  process.channel?.unref(); // its end is waited for only while there is work
  let sent = 0;
  const onProgress = (done: number, total: number) => {
    if (performance.now() - sent < sendEvery) return;
    sent = performance.now();
    process.send?.({ done, total });
  };
  try {
    const measurement = await measure(flags, { signal, print: () => {}, onProgress });
    await writeResult(`${JSON.stringify({ status: 'measured', measurement })}\n`);
  } catch (error) {
    if (signal.aborted) throw new InterruptedError();
    await writeResult(`${JSON.stringify(resultOfError(error))}\n`);
  }
}
