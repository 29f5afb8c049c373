import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPullProgress } from '../../src/cli/pull-progress.ts';

const { isTTY, columns } = process.stderr;
let now = 0;
let written: string[] = [];

beforeEach(() => {
  now = 0;
  written = [];
  Object.assign(process.stderr, { isTTY: true, columns: 200 });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(text === '\r\u001b[K' ? 'cleared' : stripVTControlCharacters(String(text)));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(process.stderr, { isTTY, columns });
});

const plan = { id: 'a/b', commit: 'c', files: [], bytes: 10e6, missingBytes: 8e6, freeBytes: 1e9 };
const step = { file: 'model.safetensors', fileDone: 3e6, fileBytes: 9e6, done: 4e6, bytes: 10e6 };

it('the bar and the rate are of this run, the note is of the file and of all', () => {
  const bar = createPullProgress();
  bar.start(plan);
  now = 1000;
  bar.update(step);
  const [line] = written;
  expect(line).toBe(
    `\rpull ${'█'.repeat(7)}${'░'.repeat(23)} 25 %  2.0 MB/s  model.safetensors 3.0 MB of 9.0 MB, in all 4.0 MB of 10.0 MB`,
  );
});

it('is drawn ten times a second at most, and at the end; a narrow terminal gets what fits on one line', () => {
  const bar = createPullProgress();
  bar.start(plan);
  for (now = 1000; now < 2000; now += 10) bar.update(step);
  expect(written).toHaveLength(10);
  Object.assign(process.stderr, { columns: 40 });
  bar.update({ ...step, done: 10e6 });
  expect(written).toHaveLength(11);
  expect(written.at(-1)).toBe(`\rpull ${'█'.repeat(18)} 100 %  4.0 MB/s`);
  expect(written.at(-1)!.trim()).toHaveLength(39);
  bar.clear();
  expect(written.at(-1)).toBe('cleared');
});

it.each([
  [120, '2.0 MB/s  model.safetensors 3.0 MB of 9.0 MB, in all 4.0 MB of 10.0 MB'],
  [90, '2.0 MB/s  model.safetensors, 4.0 MB of 10.0 MB'],
  [80, '2.0 MB/s  4.0 MB of 10.0 MB'],
])('at %i columns the line ends with whole words: %s', (width, end) => {
  Object.assign(process.stderr, { columns: width });
  const bar = createPullProgress();
  bar.start(plan);
  now += 1000;
  bar.update(step);
  expect(written[0]).toBe(`\rpull ${'█'.repeat(7)}${'░'.repeat(23)} 25 %  ${end}`);
});
