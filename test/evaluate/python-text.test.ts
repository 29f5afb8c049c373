import { expect, test } from 'vitest';
import { pythonList } from '../../src/evaluate/python-text.ts';

test('lists of texts are printed as by Python 3.11 (its repr of the same list)', () => {
  const texts = [
    ...['a', "it's", 'say "x"', 'it\'s "x"', 'tab\t nl\n cr\r back\\ nul\0 bell\x07 del\x7f nbsp\xa0 soft\xad'],
    ...['e\u0301 日本 😀 \u200b \u2028 \ufeff \ud800', '\u{e0001} \ue000 \u0378'],
  ];
  expect(pythonList(texts)).toBe(
    "['a', \"it's\", 'say \"x\"', 'it\\'s \"x\"', " +
      "'tab\\t nl\\n cr\\r back\\\\ nul\\x00 bell\\x07 del\\x7f nbsp\\xa0 soft\\xad', " +
      "'e\u0301 日本 😀 \\u200b \\u2028 \\ufeff \\ud800', '\\U000e0001 \\ue000 \\u0378']",
  );
  expect(pythonList([])).toBe('[]');
});
