/**
 * Estimates for people.
 */
import { styleText } from 'node:util';
import type { WeightDtype } from '../engine/backend.ts';
import type { BlogRow } from '../evaluate/as-blog.ts';
import { scriptGigabytes } from '../evaluate/as-blog.ts';
import { bytesText } from '../evaluate/bytes-text.ts';
import type { Estimate } from '../evaluate/estimate.ts';

export function estimateTable(estimate: Estimate & { readonly model: string }): string {
  const { promptLength, genLength, memory, mostTokens } = estimate;
  const tokens = promptLength + genLength;
  const beyond = estimate.outOfContext ? ', which is out of context' : '';
  const memoryOfOne = bytesText(estimate.memoryBytesPerSequence);
  const remembered =
    estimate.kvBytesPerToken === 0
      ? `${memoryOfOne} a sequence, however long`
      : `${bytesText(estimate.kvBytesPerToken)} a token, ${memoryOfOne} a sequence of ${count(tokens)}${beyond}`;
  const flops = [estimate.flopsFirstToken, estimate.flopsLastToken].map(flopsText);
  const rows: [string, string][] = [
    ['parameters', count(estimate.parameters)],
    ['weights', each(estimate.weightBytes, (bytes) => bytesText(bytes))],
    [estimate.kind === 'mamba' ? 'state' : 'KV cache', remembered],
    ['activations and logits', bytesText(estimate.activationBytes)],
    [
      'FLOPs a token',
      flops[0] === flops[1] ? flops[0]! : `${flops[0]} the first, ${flops[1]} token ${count(tokens)}${beyond}`,
    ],
    ['longest text', mostTokens === null ? 'no end' : `${count(mostTokens)} tokens`],
    [`batch in ${bytesText(memory)}`, each(estimate.largestBatch, (batch) => (batch === null ? '–' : count(batch)))],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(24)} ${value}\n`);
  const length = estimate.outOfContext ? '; out of context' : '';
  const note = `  (${count(promptLength)} + ${count(genLength)} tokens a sequence${length})\n`;
  return `${styleText('bold', estimate.model, { stream: process.stdout })}\n${lines.join('')}${note}`;
}

function each<T>(values: Readonly<Record<WeightDtype, T>>, text: (value: T) => string): string {
  return Object.entries(values)
    .map(([dtype, value]) => `${dtype} ${text(value as T)}`)
    .join(' · ');
}

function flopsText(flops: number): string {
  return flops < 1e9 ? `${(flops / 1e6).toFixed(1)} million` : `${(flops / 1e9).toFixed(2)} billion`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

interface BlogColumns {
  readonly capacity: number;
  readonly promptLength: number;
  readonly genLength: number;
  readonly fittedBytes: number;
  readonly models: readonly { readonly model: string; readonly rows: readonly BlogRow[] }[];
}

/** A column a model, as the script prints its numbers. */
export function blogTable({ capacity, promptLength, genLength, fittedBytes, models }: BlogColumns): string {
  const widths = models.map(({ model }) => Math.max(model.length, 'out of context'.length));
  const line = (first: string, cells: readonly string[]) =>
    `${first.padStart(5)}  ${cells.map((cell, i) => cell.padStart(widths[i]!)).join('  ')}\n`;
  const batches = models[0]!.rows.map(({ batch }) => batch);
  const body = batches.map((batch, i) =>
    line(
      String(batch),
      models.map(({ rows }) => cellText(rows[i]!)),
    ),
  );
  const fitted = `${(fittedBytes / 2 ** 20).toFixed(0)} MiB a Mamba are fitted to the blog's numbers, not derived: 82 to 142 do`;
  return [
    `memory used, as the script prints it (GiB, rounded), ${promptLength} + ${genLength} tokens in float16\n`,
    line(
      'batch',
      models.map(({ model }) => model),
    ),
    ...body,
    `capacity ${(capacity / 2 ** 30).toFixed(2)} GiB${fittedBytes > 0 ? `; ${fitted}` : ''}\n`,
  ].join('');
}

function cellText({ bytes, outcome }: BlogRow): string {
  return outcome === 'fits' ? `${scriptGigabytes(bytes)}GB` : outcome;
}
