/**
 * `mamba-ts score`: how well a model predicts a text.
 */
import { Command, Option } from 'commander';
import type { Score } from '../generation/score.ts';
import { ShortTextError } from '../generation/score.ts';
import { InterruptedError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import type { ModelFlags } from './model-options.ts';
import { addModelOptions, openModel } from './model-options.ts';
import { integerFrom, numberOption } from './number-option.ts';
import { writeResult } from './output.ts';
import { createTextProgress } from './progress.ts';
import { readTextFile } from './text-input.ts';

interface ScoreFlags extends ModelFlags {
  /** Absent: the default. */
  readonly context?: number;
  readonly stream?: boolean;
  readonly json?: boolean;
}

/** Where a model has fewer positions, these. */
const usualContext = 256;

const examples = `
Examples:
  $ mamba-ts score hamlet.txt
  $ mamba-ts score hamlet.txt --context 1024 --json
  $ mamba-ts score hamlet.txt --stream              one window as long as the text

Window w reads tokens [wC, wC + C) from an empty state and predicts tokens [wC + 1, wC + C].`;

export function scoreCommand(interrupt: Interrupt): Command {
  const command = new Command('score')
    .description('The loss of the model on a text file: nats, perplexity, bits per byte.')
    .argument('<file>', 'a text in UTF-8')
    .addOption(
      numberOption(
        '--context',
        'C',
        `tokens a window reads (default: ${usualContext}, or the model's positions)`,
        integerFrom(1),
      ),
    )
    .addOption(new Option('--stream', 'carry the state through the whole text instead').conflicts('context'))
    .option('--json', 'print one JSON object');
  return addModelOptions(command)
    .addHelpText('after', examples)
    .action((file: string, flags: ScoreFlags) => score(file, flags, interrupt));
}

async function score(file: string, flags: ScoreFlags, interrupt: Interrupt): Promise<void> {
  const text = await readTextFile(file);
  const { stream = false } = flags;
  const signal = interrupt.takeSignal();
  const loaded = await openModel(flags, signal).catch((error: unknown) => {
    throw signal.aborted ? new InterruptedError() : error;
  });
  const positions = loaded.model.positions ?? Infinity;
  const context = flags.context ?? Math.min(usualContext, positions);
  const { onEncode, onProgress, clear } = createTextProgress('score');
  const options = { context, stream, signal, onEncode, onProgress };
  try {
    const result = await loaded.score(text, options);
    clear();
    await writeResult(flags.json ? `${JSON.stringify(result)}\n` : table(result));
  } catch (error) {
    clear();
    if (signal.aborted) throw new InterruptedError();
    if (error instanceof ShortTextError) throw new Error(`cannot use "${file}": ${error.message}`);
    if (error instanceof RangeError && context > positions) {
      throw new Error(`--context expected at most ${positions} (the model's positions), got ${context}`);
    }
    throw error;
  } finally {
    await loaded.dispose();
  }
}

function table(score: Score): string {
  const rows: [string, string][] = [
    ['bytes', String(score.bytes)],
    ['predicted tokens', String(score.predictedTokens)],
    ['loss, nats per token', score.lossNatsPerToken.toFixed(4)],
    ['loss, nats per byte', score.lossNatsPerByte.toFixed(4)],
    ['perplexity', score.perplexity.toFixed(4)],
    ['bits per byte', score.bitsPerByte.toFixed(4)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(20)} ${value.padStart(12)}\n`).join('');
}
