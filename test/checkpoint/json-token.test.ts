import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonOptions } from '../../src/checkpoint/strict-json.ts';
import { parseJson } from '../../src/checkpoint/strict-json.ts';
import { expectRefusal } from './refusal.ts';

/** Parses `text` and expects a refusal at a column of its only line. */
async function refusedAt(column: number, text: string, message: string, options?: JsonOptions): Promise<void> {
  const whole = `JSON, line 1, column ${column}: ${message}`;
  await expectRefusal(() => parseJson(text, 'f.json', options), { file: 'f.json', message: whole });
}

const parsed = (text: string, options?: JsonOptions) => parseJson(text, 'f.json', options);

describe('strings', () => {
  const unit = fc.constantFrom(...'"\\/bu0dA😀é\u2028\u0000\u001f\u007f\n\t \ud7ff\ue000');

  it('undo JSON.stringify', () => {
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (value) => {
        expect(parsed(JSON.stringify(value))).toBe(value);
      }),
      { examples: [['\u007f\u2028\ud83d\ude00"\\'], ['']] },
    );
  });

  it('know every escape, and hexadecimal digits of either case', () => {
    expect(parsed('"\\"\\\\\\/\\b\\f\\n\\r\\t"')).toBe('"\\/\b\f\n\r\t');
    expect(parsed('"a\\u00e9\\u00E9z\\ud83d\\ude00"')).toBe('aééz😀');
    expect(parsed('"\\u0000"')).toBe('\0');
    expect(parsed('"\u007f "')).toBe('\u007f ');
  });

  it('say where they break', async () => {
    await refusedAt(4, '"ab', 'expected the closing quote of a string, got the end of the text');
    await refusedAt(4, '"ab\u001f"', 'expected control characters in a string to be escaped, got "\\u001f"');
    await refusedAt(3, '"a\n"', 'expected control characters in a string to be escaped, got "\\n"');
    await refusedAt(3, '"a\\x"', 'expected an escape of JSON, got "\\x"');
    await refusedAt(2, '"\\', 'expected an escape of JSON, got "\\"');
    await refusedAt(2, '"\\constructor"', 'expected an escape of JSON, got "\\c"');
    for (const digits of ['', '12', '123"', '12g4', ' 123', '+123', '0x12']) {
      await refusedAt(3, `"a\\u${digits}`, 'expected \\u and four hexadecimal digits');
    }
  });

  it('hold surrogates in pairs only', async () => {
    const message = 'expected surrogates in pairs, got half of a pair';
    for (const half of ['\\ud83d', '\\ude00', '\\ude00\\ud83d', '\\ud83dx', '\\udbff\\udbff']) {
      await refusedAt(2, `["${half}"]`, message);
    }
    expect(parsed('"\\ud800\\udc00\\udbff\\udfff\\ud7ff\\ue000"')).toBe('\u{10000}\u{10ffff}\ud7ff\ue000');
  });
});

describe('numbers', () => {
  it('undo JSON.stringify, the sign of zero too', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parsed(String(value))).toBe(value || 0); // String(-0) is 0
      }),
      { examples: [[-0], [5e-324], [1.7976931348623157e308], [2 ** 53]] },
    );
    expect(parsed('-0')).toBe(-0);
  });

  it('take every form of RFC 8259', () => {
    expect(parsed('[0,10,-10,0.5,1e2,1E2,1e+2,1e-2,-0.5E-1,0e0,1e999]')).toEqual([
      0,
      10,
      -10,
      0.5,
      100,
      100,
      100,
      0.01,
      -0.05,
      0,
      Infinity,
    ]);
  });

  it('say where they break', async () => {
    await refusedAt(2, '-', 'expected a digit, got the end of the text');
    await refusedAt(2, '-x', 'expected a digit, got "x"');
    await refusedAt(1, '+1', 'expected a value, got "+"');
    await refusedAt(1, '.5', 'expected a value, got "."');
    await refusedAt(3, '1.', 'expected a digit, got the end of the text');
    await refusedAt(3, '1.e1', 'expected a digit, got "e"');
    await refusedAt(3, '1e', 'expected a digit, got the end of the text');
    await refusedAt(4, '1e+-1', 'expected a digit, got "-"');
    await refusedAt(4, '1e-+1', 'expected a digit, got "+"');
    await refusedAt(2, '01', 'expected the end of the text, got "1"');
    await refusedAt(3, '-01', 'expected the end of the text, got "1"');
    await refusedAt(2, '1:', 'expected the end of the text, got ":"');
    await refusedAt(2, '1/', 'expected the end of the text, got "/"');
  });

  it('are never bare words', async () => {
    const got = (word: string) =>
      `expected a value, got the bare word ${word}, which JSON does not have (Python writes it, into Mamba-2 configs for example)`;
    await refusedAt(1, 'NaN', got('NaN'));
    await refusedAt(7, '[0.0, Infinity]', got('Infinity'));
    await refusedAt(2, '-Infinity', got('Infinity'));
  });

  it('are integers when only integers are allowed', async () => {
    const integersOnly: JsonOptions = { integersOnly: true };
    expect(parsed('[0, -0, 12, -7, 9007199254740993]', integersOnly)).toEqual([0, -0, 12, -7, 2 ** 53]);
    for (const text of ['1.0', '1e0', '10E+2', '-0.5']) {
      const message = `expected an integer without fraction or exponent, got ${text}`;
      await refusedAt(2, `[${text}]`, message, integersOnly);
    }
    expect(parsed('1.0', { integersOnly: false })).toBe(1);
  });
});

describe('space', () => {
  it('is blank, tab, line feed and carriage return, anywhere between tokens', () => {
    const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });
    const tokens = ['{', '"a"', ':', '[', '1', ',', '{', '}', ',', '[', ']', ']', ',', '"b"', ':', 'null', '}'];
    fc.assert(
      fc.property(fc.array(space, { minLength: tokens.length + 1, maxLength: tokens.length + 1 }), (spaces) => {
        const text = tokens.map((token, i) => spaces[i]! + token).join('') + spaces.at(-1)!;
        expect(parsed(text)).toEqual(
          new Map<string, unknown>([
            ['a', [1, new Map(), []]],
            ['b', null],
          ]),
        );
      }),
    );
  });
});
