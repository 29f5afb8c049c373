import { describe, expect, it } from 'vitest';
import {
  blogBatches,
  blogCapacity,
  blogLengths,
  blogRow,
  fittedMambaBytes,
  scriptBytes,
  scriptGigabytes,
} from '../../src/evaluate/as-blog.ts';
import { parseModelShape } from '../../src/evaluate/model-shape.ts';
import { parametersOf } from '../../src/evaluate/weight-bytes.ts';
import { gptNeo27, mamba28 } from './published-configs.ts';

const mamba = parseModelShape(mamba28, 'config.json');
const gptNeo = parseModelShape(gptNeo27, 'config.json');
const MiB = 2 ** 20;

/** What the script has printed in the blog; undefined where it ended with an OutOfMemoryError. */
const printed = {
  mamba: ['5', '6', '6', '7', '9', '12', '18', '31'],
  gptNeo: ['7', '9', '13', '20', '35', undefined, undefined, undefined],
};

function column(shape: typeof mamba, batches: readonly number[]) {
  const rows = batches.map((batch) => blogRow(shape, { batch, ...blogLengths }, blogCapacity));
  return rows.map(({ outcome, bytes }) => (outcome === 'fits' ? scriptGigabytes(bytes) : undefined));
}

describe("the blog's memory, from the two configs alone", () => {
  it('counts the parameters that the script prints', () => {
    expect([parametersOf(mamba), parametersOf(gptNeo)]).toEqual([2_768_345_600, 2_651_307_520]);
  });

  it('gives all thirteen numbers, and out of memory from batch 32 on for GPT-Neo alone', () => {
    expect(column(mamba, blogBatches)).toEqual(printed.mamba);
    expect(column(gptNeo, blogBatches)).toEqual(printed.gptNeo);
    const failed = blogRow(gptNeo, { batch: 32, ...blogLengths }, blogCapacity);
    expect([failed.outcome, (failed.bytes / 2 ** 30).toFixed(2)]).toEqual(['out of memory', '65.03']);
  });

  it('the fitted constant may be any whole MiB from 82 to 142, and nothing else', () => {
    const right = (constant: number) =>
      blogBatches.every((batch, i) => {
        const derived = scriptBytes(mamba, { batch, ...blogLengths }) - fittedMambaBytes;
        return scriptGigabytes(derived + constant * MiB) === printed.mamba[i];
      });
    const fitting = Array.from({ length: 300 }, (_, mebibytes) => mebibytes).filter(right);
    expect([fitting[0], fitting.at(-1), fitting.length]).toEqual([82, 142, 61]);
    expect(fitting).toContain(fittedMambaBytes / MiB);
  });

  it('without it one number of the thirteen is off: 8 instead of 9 at batch 16', () => {
    const derived = blogBatches.map((batch) =>
      scriptGigabytes(scriptBytes(mamba, { batch, ...blogLengths }) - fittedMambaBytes),
    );
    expect(derived).toEqual(['5', '6', '6', '7', '8', '12', '18', '31']);
  });

  it('a text beyond the 2,048 positions is out of context for GPT-Neo, and for Mamba it is not', () => {
    const long = { batch: 1, promptLength: 1024, genLength: 1025 };
    expect(blogRow(gptNeo, long, blogCapacity).outcome).toBe('out of context');
    expect(blogRow(gptNeo, { ...long, genLength: 1024 }, blogCapacity).outcome).toBe('fits');
    expect(blogRow(mamba, long, blogCapacity).outcome).toBe('fits');
  });
});
