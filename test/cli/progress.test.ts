import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgress, createTextProgress } from '../../src/cli/progress.ts';

const { isTTY, getColorDepth, columns } = process.stderr;
let now = 0;
let written: string[] = [];

beforeEach(() => {
  now = 0;
  written = [];
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', '1');
  // A terminal's own, which reads NO_COLOR.
  process.stderr.getColorDepth = WriteStream.prototype.getColorDepth;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  Object.assign(process.stderr, { isTTY, getColorDepth, columns });
});

describe('createProgress', () => {
  it('writes nothing where stderr is not a terminal', () => {
    process.stderr.isTTY = false;
    const progress = createProgress('score');
    now = 10_000;
    progress.update(1, 2);
    progress.clear();
    expect(written).toEqual([]);
  });

  it('shows nothing in the first half second, and then has nothing to clear', () => {
    process.stderr.isTTY = true;
    const progress = createProgress('score');
    now = 499;
    progress.update(1, 2);
    progress.clear();
    expect(written).toEqual([]);
  });

  it('draws how far it is and how fast, over the line before, without colours under NO_COLOR', () => {
    process.stderr.isTTY = true;
    const progress = createProgress('score');
    now = 500;
    progress.update(50, 200);
    now = 2000;
    progress.update(200, 200);
    expect(written).toEqual([
      `\r\u001b[Kscore ${'█'.repeat(7)}${'░'.repeat(23)} 25 %  100 tokens/s`,
      `\r\u001b[Kscore ${'█'.repeat(30)} 100 %  100 tokens/s`,
    ]);
  });

  it('is one line of the terminal at any width, without half a colour: the notes go first, the rate last', () => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('FORCE_COLOR', '1');
    process.stderr.isTTY = true;
    const progress = createProgress('score');
    now = 500;
    for (let columns = 1; columns <= 100; columns++) {
      Object.assign(process.stderr, { columns });
      progress.update(70, 100, ['a note that is long', 'short']);
      const line = written.at(-1)!.replace('\r\u001b[K', '');
      const plain = stripVTControlCharacters(line);
      expect(plain.length).toBeLessThan(columns);
      expect(plain).not.toContain('\u001b');
      // Every colour that begins also ends.
      expect(line.split('\u001b[36m')).toHaveLength(line.split('\u001b[39m').length);
      expect(plain.endsWith('a note that is long')).toBe(columns >= 77);
      expect(plain.includes('140 tokens/s')).toBe(columns >= 25);
      expect(plain.includes('70 %')).toBe(columns >= 5);
    }
  });

  it('takes the bar away once, when it was drawn', () => {
    process.stderr.isTTY = true;
    const progress = createProgress('score');
    now = 500;
    progress.update(1, 2);
    progress.clear();
    progress.clear();
    expect(written.slice(1)).toEqual(['\r\u001b[K']);
  });
});

describe('createTextProgress', () => {
  it('shows the characters that are encoded, then the tokens that are read', () => {
    process.stderr.isTTY = true;
    const { onEncode, onProgress, clear } = createTextProgress('score');
    now = 1000;
    onEncode(500, 1000);
    onEncode(1000, 1000);
    now = 2000;
    onProgress(1, 4);
    clear();
    const bars = written.map((text) => text.replace('\r\u001b[K', '').replace(/[█░]+/, '…'));
    expect(bars).toEqual([
      ...['encode … 50 %  500 characters/s', 'encode … 100 %  1000 characters/s', ''],
      ...['score … 25 %  1 tokens/s', ''],
    ]);
  });
});
