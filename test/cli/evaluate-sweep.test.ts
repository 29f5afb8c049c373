import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { peakOfProcess } from '../../src/cli/peak-memory.ts';
import { runPoint } from '../../src/cli/run-point.ts';
import { openSweepFolder } from '../../src/cli/sweep-folder.ts';
import { holderText, thisHolder } from '../../src/disk/holder.node.ts';
import { scriptDefaults } from '../../src/evaluate/script-sampling.ts';
import type { SweepRecord, SweepSettings } from '../../src/evaluate/sweep-record.ts';
import { emptyFolder } from '../hub/fake-models.ts';
import { ended, runHere, startCli } from './run-cli.ts';

const embedded = ['--model-name', 'models/tiny-shakespeare', '--threads', '1'];
const tiny = ['evaluate', ...embedded, '--against', 'none', '--promptlen', '4'];
const point = ['evaluate', '--point', ...embedded, '--promptlen', '4'];

const settingsOfTiny: SweepSettings = {
  ...{ promptLength: 4, genLength: 2, backend: 'wasm', dtype: 'f32', threads: 1, attention: 'sdpa' },
  ...{ localWindows: true, sampling: scriptDefaults },
};

let folder: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ path: folder, remove } = await emptyFolder());
});
afterEach(() => remove());

async function record(): Promise<SweepRecord> {
  return JSON.parse(await readFile(join(folder, 'sweep.json'), 'utf8'));
}

/** The processes that a process has started and that measure a point. */
function pointsOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const parentOf = / \d+/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \w/, ''))![0];
      return Number(parentOf) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--point');
    } catch {
      return false;
    }
  });
}

async function until<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await setTimeout(20);
  }
}

const never = new AbortController().signal;

describe('evaluate --sweep', () => {
  it("prints the script's lines and charts, keeps JSON, CSV and pictures, and runs nothing twice", async () => {
    const args = [...tiny, '--genlen', '2', '--out', folder, '--sweep'];
    const first = await runHere([...args, '2,1']);
    expect(first.code).toBe(0);
    const lines = first.stdout.split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '************ Evaluating mamba and transformed with Batch size: 1 ***************',
      'Loading model models/tiny-shakespeare',
      'Number of parameters: 2063040',
      'Prompt length: 4, generation length: 2',
    ]);
    expect(lines[6]).toBe('************ Evaluating mamba and transformed with Batch size: 2 ***************');
    expect(first.stdout).toContain('\nPeak memory, GB, by batch size\n');
    expect(readdirSync(folder).sort()).toEqual([
      ...['memory.svg', 'remembered.svg', 'sweep.csv', 'sweep.json', 'throughput.svg', 'time.svg'],
    ]);
    const { rows } = await record();
    const again = await runHere([...args, '1,2,3', '--json']);
    expect(again.code).toBe(0);
    const more = JSON.parse(again.stdout) as SweepRecord;
    expect(more.rows.slice(0, 2)).toEqual(rows);
    expect(more.rows.map(({ batch, status }) => `${batch} ${status}`)).toEqual([
      '1 measured',
      '2 measured',
      '3 measured',
    ]);
    expect((await readFile(join(folder, 'sweep.csv'), 'utf8')).split('\r\n').length).toBe(5);
    const other = await runHere([...tiny, '--genlen', '3', '--out', folder, '--sweep', '1']);
    expect([other.code, other.stdout]).toEqual([2, '']);
    const settings = 'expected the settings it was made with, --genlen 2, got --genlen 3; take another folder';
    expect(other.stderr).toBe(`error: --out ${folder} ${settings}\n`);
  });

  it('a folder that cannot be made or is damaged ends with one line, before any work', async () => {
    const args = [...tiny, '--genlen', '2', '--sweep', '1', '--out'];
    const places = [join(folder, 'file', 'below'), ...(existsSync('/proc') ? ['/proc/nowhere/below'] : [])];
    await writeFile(join(folder, 'file'), '');
    for (const place of places) {
      const { code, stdout, stderr } = await runHere([...args, place]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^error: --out expected a folder that can be written, got [^\n]+\n$/);
    }
    await writeFile(join(folder, 'sweep.json'), '{"version":1,"settings":{"sampling":{}},"rows":[{"model":"m"}]}');
    const { code, stdout, stderr } = await runHere([...args, folder]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: [^\n]*got something else in row 1, "kind"; take another folder\n$/);
  });

  it('a second sweep in a folder is refused while the first one works in it', async () => {
    const args = [...tiny, '--genlen', '2', '--sweep', '1', '--out', folder];
    const first = await openSweepFolder(folder, settingsOfTiny);
    const { code, stdout, stderr } = await runHere(args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: --out expected a folder that no sweep is working in, got [^\n]+\n$/);
    expect(readdirSync(folder)).toEqual(['sweep.lock']);
    await first.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a dead sweep blocks nobody, and what it was writing is taken away', async () => {
    const dead = { ...thisHolder('x'), pid: 2 ** 22 + 1 }; // Linux has no such process
    await writeFile(join(folder, 'sweep.lock'), holderText(dead));
    await writeFile(join(folder, 'sweep.json.77.incomplete'), '{');
    await (await openSweepFolder(folder, settingsOfTiny)).close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a model that needs more than the limit is a row, and a model that is not there is one too', async () => {
    const args = ['--random', '130m', '--sweep', '1', '--promptlen', '4096', '--json', '--memory-limit'];
    const { code, stdout } = await runHere(['evaluate', ...args, '200MB']);
    expect(code).toBe(0);
    const [mamba, gptNeo] = (JSON.parse(stdout) as SweepRecord).rows;
    expect(mamba).toMatchObject({ status: 'out of memory', limitBytes: 200e6 });
    expect(gptNeo).toMatchObject({ model: 'random gpt-neo-125m', status: 'out of context' });
  });
});

describe('without the packages that draw', () => {
  afterEach(() => {
    vi.doUnmock('@observablehq/plot');
  });

  it('a sweep says so once, before its first point, and keeps its numbers', async () => {
    vi.doMock('@observablehq/plot', () => {
      throw new Error('not there');
    });
    const parts: string[] = [];
    const onPart = (part: string) => void parts.push(part);
    const args = [...tiny, '--genlen', '2', '--out', folder, '--sweep', '1', '--memory-limit', '1'];
    const { code } = await runHere(args, { onResult: onPart, onNote: onPart });
    expect(code).toBe(0);
    const missing = parts.flatMap((part, i) => (part.includes('npm install @observablehq/plot') ? [i] : []));
    expect(missing).toEqual([0]);
    expect(parts.join('')).toContain('there are 1 byte; not started');
    expect(readdirSync(folder).sort()).toEqual(['sweep.csv', 'sweep.json']);
  });
});

describe('a sweep of models that cannot be had', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('knows published ones by their names, and has a row with the reason for each', async () => {
    for (const name of ['HF_HUB_CACHE', 'HF_HOME']) vi.stubEnv(name, folder);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const args = ['evaluate', '--sweep', '1,2', '--promptlen', '4096', '--json'];
    const { code, stdout } = await runHere(args);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as SweepRecord).rows.map((row) => [row.model, row.status])).toEqual([
      ['state-spaces/mamba-130m', 'failed'],
      ['EleutherAI/gpt-neo-125m', 'out of context'],
      ['state-spaces/mamba-130m', 'failed'],
      ['EleutherAI/gpt-neo-125m', 'out of context'],
    ]);
    const unknown = await runHere([...args, '--model-name', 'org/unknown', '--against', 'none']);
    expect([unknown.code, unknown.stdout]).toEqual([1, '']);
    expect(unknown.stderr).toMatch(/^error: org\/unknown: [^\n]+\n$/);
  });
});

describe.skipIf(!existsSync('/proc'))('a point', () => {
  it('is watched by the largest resident set of its process alone', () => {
    const [watched, own] = [peakOfProcess(process.pid)!, process.resourceUsage().maxRSS * 1024];
    expect(watched).toBeGreaterThan(process.memoryUsage().rss / 2);
    expect(watched).toBeLessThanOrEqual(own * 1.01);
    expect(peakOfProcess(2 ** 30)).toBeNull();
  });

  it('that takes more than it may is ended, and is out of memory', async () => {
    const result = await runPoint([...point, '--genlen', '100000'], { limitBytes: 30e6, signal: never });
    expect(result).toMatchObject({
      status: 'out of memory',
      reason: expect.stringMatching(/^ended at \d+\.\d\d MB, there are 30\.00 MB$/),
    });
  });

  it('that somebody kills has failed, and is no end of memory', async () => {
    const running = runPoint([...point, '--genlen', '100000'], { limitBytes: 1e12, signal: never });
    process.kill(await until(() => pointsOf(process.pid)[0]), 'SIGKILL');
    expect(await running).toEqual({ status: 'failed', reason: 'killed by SIGKILL' });
  });

  it('that fails says how, and one for which there is no model why', async () => {
    const watch = { limitBytes: 1e12, signal: never };
    const usage = await runPoint(['evaluate', '--point', '--batch', '0'], watch);
    expect(usage).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^exit 2: error: --batch expected/),
    });
    const absent = await runPoint(['evaluate', '--point', '--model-name', './nothing'], watch);
    expect(absent).toMatchObject({ status: 'failed', reason: expect.stringContaining('there is no "./nothing"') });
  });
});

/** Long enough to be met in the middle. */
const long = [...tiny, '--genlen', '150', '--sweep', '1,2,3'];

describe.skipIf(!existsSync('/proc'))('a sweep that is ended', () => {
  it.each([
    ['Ctrl-C', 'SIGINT', 130],
    ['SIGTERM', 'SIGTERM', 143],
    ['a crash', 'SIGKILL', null],
  ] as const)('by %s leaves finished points and no process, and the same command goes on', async (_, signal, code) => {
    const parent = startCli([...long, '--out', folder]);
    const end = ended(parent);
    await until(() => (existsSync(join(folder, 'sweep.json')) ? true : undefined));
    const child = await until(() => pointsOf(parent.pid!)[0]);
    parent.kill(signal);
    const { code: exit, stderr } = await end;
    expect(exit).toBe(code);
    if (code !== null)
      expect(stderr).toBe(`interrupted; finished points are kept in ${folder}, and the same command goes on\n`);
    await until(() => (existsSync(`/proc/${child}`) ? undefined : true));
    const { rows } = await record();
    expect(rows.length).toBeGreaterThanOrEqual(1);
    const again = await runHere([...long, '--out', folder, '--json']);
    const whole = JSON.parse(again.stdout) as SweepRecord;
    expect(whole.rows.slice(0, rows.length)).toEqual(rows);
    expect(whole.rows.map(({ batch, status }) => `${batch} ${status}`)).toEqual([
      '1 measured',
      '2 measured',
      '3 measured',
    ]);
  });
});
