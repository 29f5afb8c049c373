import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Measurement } from '../../src/evaluate/measurement.ts';
import { namedShape } from '../../src/evaluate/model-shape.ts';
import { parseSweep } from '../../src/evaluate/parse-sweep.ts';
import { scriptDefaults } from '../../src/evaluate/script-sampling.ts';
import type { SweepModel, SweepWork } from '../../src/evaluate/sweep.ts';
import { isFinal, predictedBytes, runSweep } from '../../src/evaluate/sweep.ts';
import type { PointResult, SweepRecord, SweepRow, SweepSettings } from '../../src/evaluate/sweep-record.ts';
import { sweepCsv } from '../../src/evaluate/sweep-record.ts';

const models: readonly SweepModel[] = [
  { name: 'random 130m', shape: namedShape('130m')! },
  { name: 'random gpt-neo-125m', shape: namedShape('gpt-neo-125m')! },
];

const settings: SweepSettings = {
  ...{ promptLength: 1000, genLength: 24, backend: 'wasm', dtype: 'f32', threads: null, attention: 'sdpa' },
  ...{ localWindows: true, sampling: scriptDefaults },
};

function measurement(model: string, batch: number): Measurement {
  return {
    ...{
      model,
      kind: 'mamba',
      attention: null,
      parameters: 1,
      backend: 'wasm',
      device: 'none',
      dtype: 'f32',
      threads: 2,
    },
    ...{ batch, promptLength: 1000, genLength: 24, repeats: 3, seconds: 0.1 * batch, tokensPerSecond: 240 },
    peakMemoryBytes: 1e9 + batch,
  };
}

/** A sweep whose points are written down; `end` says how a point ends, by default measured. */
function sweepOf(fields: Partial<SweepWork> & { readonly end?: (name: string, batch: number) => PointResult } = {}) {
  const ran: string[] = [];
  const saved: (readonly SweepRow[])[] = [];
  const work: SweepWork = {
    ...{ models, batches: [1, 2, 4], settings },
    room: () => 1e12,
    async runPoint({ name }, batch) {
      ran.push(`${name} ${batch}`);
      return fields.end?.(name, batch) ?? { status: 'measured', measurement: measurement(name, batch) };
    },
    save: async (rows) => void saved.push(rows),
    ...fields,
  };
  return { work, ran, saved };
}

const statuses = (rows: readonly SweepRow[]) => rows.map(({ batch, model, status }) => `${batch} ${model}: ${status}`);

describe('runSweep', () => {
  it('runs every model at each size, saves after every point, and returns what it has saved', async () => {
    const { work, ran, saved } = sweepOf();
    const rows = await runSweep(work);
    expect(ran).toEqual([1, 2, 4].flatMap((batch) => models.map(({ name }) => `${name} ${batch}`)));
    expect(saved.map(({ length }) => length)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(rows).toEqual(saved.at(-1));
  });

  it('does not start what would not fit, and goes on with the other model', async () => {
    const [mamba, gptNeo] = models.map((model) => predictedBytes(model, 4, settings));
    expect(gptNeo).toBeGreaterThan(mamba!);
    const { work, ran } = sweepOf({ room: () => gptNeo! - 1 });
    const rows = await runSweep(work);
    expect(ran).not.toContain('random gpt-neo-125m 4');
    expect(statuses(rows).filter((line) => line.endsWith('out of memory'))).toEqual([
      '4 random gpt-neo-125m: out of memory',
    ]);
  });

  it('a point that has ended out of memory ends the larger ones of its model, and no others', async () => {
    const end = (name: string, batch: number): PointResult =>
      name.includes('neo') && batch === 2
        ? { status: 'out of memory', reason: 'killed' }
        : { status: 'measured', measurement: measurement(name, batch) };
    const { work, ran } = sweepOf({ end });
    const rows = await runSweep(work);
    expect(ran.at(-1)).toBe('random 130m 4');
    expect(rows.at(-1)).toMatchObject({
      status: 'out of memory',
      reason: 'batch 2 was out of memory already; not started',
    });
  });

  it('texts beyond the positions are out of context for GPT-Neo while Mamba goes on', async () => {
    const { work, ran } = sweepOf({ settings: { ...settings, promptLength: 4096 } });
    const rows = await runSweep(work);
    expect(ran).toEqual(['random 130m 1', 'random 130m 2', 'random 130m 4']);
    for (const row of rows) expect(row.status).toBe(row.kind === 'mamba' ? 'measured' : 'out of context');
  });

  it('a model that is not there gives rows with the reason', async () => {
    const end = (): PointResult => ({ status: 'unavailable', reason: 'not yet' });
    const { work } = sweepOf({ end });
    expect((await runSweep(work)).map((row) => row.status === 'unavailable' && row.reason)).toEqual(
      Array.from({ length: 6 }, () => 'not yet'),
    );
  });

  it('interrupted anywhere and run again, it ends with the rows of a run that was not, and measures nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 6 }), fc.boolean(), async (points, more) => {
        let left = points;
        const end = (name: string, batch: number): PointResult => {
          if (left-- === 0) throw new Error('Ctrl-C');
          return { status: 'measured', measurement: measurement(name, batch) };
        };
        const first = sweepOf({ end });
        await runSweep(first.work).catch(() => {});
        const kept = first.saved.at(-1) ?? [];
        expect(kept.length).toBe(points);
        const batches = more ? [1, 2, 4, 8] : [1, 2, 4];
        const second = sweepOf({ batches });
        const whole = await runSweep(sweepOf({ batches }).work);
        expect(await runSweep(second.work, kept)).toEqual(whole);
        expect(second.ran.length).toBe(2 * batches.length - points);
      }),
    );
  });

  it('runs again what has failed or was not there, and what was out of memory once there is more of it', () => {
    const row = (status: string, limitBytes = 100) => ({ status, limitBytes }) as SweepRow;
    expect(['measured', 'out of context', 'unavailable', 'failed'].map((status) => isFinal(row(status), 100))).toEqual([
      ...[true, true, false, false],
    ]);
    expect([99, 100, 101].map((room) => isFinal(row('out of memory'), room))).toEqual([true, true, false]);
  });
});

describe('a record', () => {
  const machine = { cpu: 'a CPU, "fast"', parallelism: 2, memoryBytes: 1e9, node: 'v20' };

  it('is read as it was written', async () => {
    const record: SweepRecord = { version: 1, settings, machine, rows: await runSweep(sweepOf().work) };
    expect(parseSweep(JSON.stringify(record), 'sweep.json')).toEqual(record);
  });

  test.each(['', '{', 'null', '[]', '{"version":2}', '{"version":1,"rows":[{}]}', '{"version":1,"rows":[null]}'])(
    '%j is none',
    (text) => {
      expect(() => parseSweep(text, 'f')).toThrow(/^f: expected a sweep's results/);
    },
  );

  it('that has lost any one field is refused by the name of its row and field', async () => {
    const end = (name: string, batch: number): PointResult =>
      batch === 1 ? { status: 'failed', reason: 'x' } : { status: 'measured', measurement: measurement(name, batch) };
    const rows = await runSweep(sweepOf({ end, batches: [1, 2], models: models.slice(0, 1) }).work);
    const read = (of: readonly unknown[]) => () =>
      parseSweep(JSON.stringify({ version: 1, settings, machine, rows: of }), 'f');
    for (const [i, row] of rows.entries()) {
      for (const name of Object.keys(row)) {
        const others = rows.with(i, { ...row, [name]: undefined } as unknown as SweepRow);
        expect(read(others)).toThrow(`in row ${i + 1}, "${name}"; take another folder`);
      }
    }
    for (const name of Object.keys(measurement('m', 1))) {
      const damaged = { ...measurement('m', 1), [name]: {} };
      expect(read([{ ...rows[1]!, measurement: damaged }])).toThrow(`in row 1, "${name}"`);
    }
  });

  it('as CSV has a line a row of equal length, bytes unrounded, and quotes where commas are', async () => {
    const end = (name: string, batch: number): PointResult =>
      batch === 2
        ? { status: 'failed', reason: 'exit 1: no, "never"' }
        : { status: 'measured', measurement: measurement(name, batch) };
    const rows = await runSweep(sweepOf({ end, models: models.slice(0, 1) }).work);
    const lines = sweepCsv({ settings, rows }).split('\r\n');
    expect(lines.length).toBe(5);
    expect(lines.at(-1)).toBe('');
    const [head, first, second] = lines.map((line) => line.replace(/"(?:[^"]|"")*"/g, 'Q').split(','));
    expect([first!.length, second!.length]).toEqual([head!.length, head!.length]);
    const field = (line: readonly string[], name: string) => line[head!.indexOf(name)];
    expect(field(first!, 'peak_memory_bytes')).toBe('1000000001');
    expect(field(first!, 'sequence_bytes')).toBe('2801664');
    expect(lines[2]).toContain('"exit 1: no, ""never"""');
  });
});
