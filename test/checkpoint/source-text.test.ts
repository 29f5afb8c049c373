import { expect, test } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { readSourceText } from '../../src/checkpoint/source-text.ts';
import { expectRefusal } from './refusal.ts';

test('a text is read as UTF-8, and nothing else is', async () => {
  expect(await readSourceText(bytesSource('a', new TextEncoder().encode('é')))).toBe('é');
  const message = 'expected text in UTF-8, got bytes that are not';
  await expectRefusal(() => readSourceText(bytesSource('a', Uint8Array.of(0xff))), { file: 'a', message });
});

test('a file that is larger than any config or tokenizer is refused unread', async () => {
  const source = { name: 'a', size: 3 * 2 ** 30, read: () => Promise.reject(new Error('read')) };
  const message = `expected a text of at most ${2 ** 28} bytes, got ${3 * 2 ** 30}`;
  await expectRefusal(() => readSourceText(source), { file: 'a', message });
});
