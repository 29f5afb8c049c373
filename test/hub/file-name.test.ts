import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectSafePath } from '../../src/hub/file-name.ts';

const nasty = fc.oneof(
  fc.constantFrom('..', '.', '', '/', '\\', 'C:', 'c:\\x', '\u0000', 'a', 'b.c', '...', ' ', 'a ', 'x:y', '//', '~'),
  fc.string({ maxLength: 5 }),
);
const path = fc.array(nasty, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));

function isTaken(text: string): boolean {
  try {
    expectSafePath(text, 'x');
    return true;
  } catch {
    return false;
  }
}

describe('expectSafePath', () => {
  it('what it takes stays below its folder, on Unix and on Windows', () => {
    fc.assert(
      fc.property(path, (text) => {
        if (!isTaken(text)) return;
        expect(posix.resolve('/cache/home', text).startsWith('/cache/home/')).toBe(true);
        expect(win32.resolve('D:\\cache\\home', text).startsWith('D:\\cache\\home\\')).toBe(true);
        expect(text).not.toContain('\u0000');
      }),
    );
  });

  it.each(['model-00001-of-00002.safetensors', 'onnx/model.onnx', 'a+b', '_x', '.gitattributes', 'refs/pr/1'])(
    'takes %j',
    (text) => expect(isTaken(text)).toBe(true),
  );

  it.each([
    ...['', '..', '../a', 'a/..', 'a/../b', '/a', 'a/', 'a//b', '\\a', 'a\\..\\b', 'C:', 'C:/a', 'a:b', 'a\u0000'],
    ...['a\nb', 'a.', 'a /b', '.', './a', 'x'.repeat(256), 'é'.repeat(128)],
  ])('refuses %j', (text) => {
    expect(() => expectSafePath(text, 'a shard')).toThrow(/^expected a shard that stays in its folder, got "/);
    expect(() => expectSafePath(text, 'a shard', 'a/b/x.json')).toThrow(/^a\/b\/x\.json: expected a shard that stays/);
  });
});
