import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fields } from '../../src/checkpoint/config-fields.ts';
import {
  readBoolean,
  readPositive,
  readRank,
  readSize,
  readTokenId,
  readTokenIds,
  refuse,
} from '../../src/checkpoint/config-fields.ts';
import type { JsonObject } from '../../src/checkpoint/strict-json.ts';
import { parseJson } from '../../src/checkpoint/strict-json.ts';
import { expectRefusal } from './refusal.ts';

/** An object whose field `f` is this text of JSON; no field at all for ''. */
function fieldOf(text: string): Fields {
  const object = parseJson(text === '' ? '{}' : `{"f":${text}}`, 'c.json') as JsonObject;
  return { file: 'c.json', object, prefix: 'in.' };
}

/** `read` refuses each of the texts with what it expected and what it got. */
async function refused(read: (fields: Fields) => unknown, texts: readonly string[], expected: string): Promise<void> {
  for (const text of texts) {
    const got = text === '' ? 'nothing' : text === '{}' ? 'an object' : text;
    const message = `"in.f" expected ${expected}, got ${got}`;
    await expectRefusal(() => read(fieldOf(text)), { file: 'c.json', message });
  }
}

describe('refuse', () => {
  it('names file, field, what was expected and what was found', async () => {
    await refused((fields) => refuse(fields, 'f', 'more'), ['1', '"x"', 'null', ''], 'more');
  });
});

describe('readSize', () => {
  it('takes the integers from 1 to 2^31 − 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2147483647 }), (size) => {
        expect(readSize(fieldOf(String(size)), 'f')).toBe(size);
      }),
      { examples: [[1], [2147483647]] },
    );
    expect(readSize(fieldOf('16.0'), 'f')).toBe(16);
    expect(readSize(fieldOf('3'), 'f', 7)).toBe(3);
    expect(readSize(fieldOf(''), 'f', 7)).toBe(7);
  });

  it('refuses anything else, absence too when there is no default', async () => {
    const wrong = ['0', '-1', '1.5', '2147483648', '"16"', 'true', 'null', '[16]', '{}'];
    await refused((fields) => readSize(fields, 'f', 7), wrong, 'an integer from 1 to 2147483647');
    await refused((fields) => readSize(fields, 'f'), [...wrong, ''], 'an integer from 1 to 2147483647');
  });
});

describe('readPositive', () => {
  it('takes finite numbers above 0', () => {
    expect(readPositive(fieldOf('1e-05'), 'f', 1)).toBe(1e-5);
    expect(readPositive(fieldOf('5e-324'), 'f', 1)).toBe(5e-324);
    expect(readPositive(fieldOf(''), 'f', 0.5)).toBe(0.5);
  });

  it('refuses anything else', async () => {
    const wrong = ['0', '-1', '"1e-5"', 'null', 'false', '[1]'];
    await refused((fields) => readPositive(fields, 'f', 1), wrong, 'a finite number above 0');
    const message = '"in.f" expected a finite number above 0, got Infinity';
    await expectRefusal(() => readPositive(fieldOf('1e999'), 'f', 1), { file: 'c.json', message });
  });
});

describe('readBoolean', () => {
  it('takes true and false, and the default when absent', () => {
    for (const fallback of [true, false]) {
      expect(readBoolean(fieldOf('true'), 'f', fallback)).toBe(true);
      expect(readBoolean(fieldOf('false'), 'f', fallback)).toBe(false);
      expect(readBoolean(fieldOf(''), 'f', fallback)).toBe(fallback);
    }
  });

  it('refuses anything else', async () => {
    await refused((fields) => readBoolean(fields, 'f', true), ['1', '0', '"true"', 'null'], 'true or false');
  });
});

describe('readRank', () => {
  it('"auto" and absence are ⌈dModel/16⌉', () => {
    for (const text of ['"auto"', '']) {
      expect([1, 16, 17, 768, 2560].map((dModel) => readRank(fieldOf(text), 'f', dModel))).toEqual([1, 1, 2, 48, 160]);
    }
  });

  it('takes a size as it is', () => {
    expect(readRank(fieldOf('12'), 'f', 768)).toBe(12);
  });

  it('refuses anything else', async () => {
    await refused((fields) => readRank(fields, 'f', 16), ['"Auto"', 'null', '[1]'], '"auto" or an integer ≥ 1');
    await refused((fields) => readRank(fields, 'f', 16), ['0', '1.5'], 'an integer from 1 to 2147483647');
  });
});

describe('readTokenId', () => {
  it('takes ids from 0, null for none, and the default when absent', () => {
    expect(readTokenId(fieldOf('0'), 'f', 5, 50_280)).toBe(0);
    expect(readTokenId(fieldOf('50279'), 'f', 5, 50_280)).toBe(50_279);
    expect(readTokenId(fieldOf('null'), 'f', 5, 50_280)).toBeUndefined();
    expect(readTokenId(fieldOf(''), 'f', 5, 50_280)).toBe(5);
  });

  it('never refuses the default, however small the vocabulary', () => {
    expect(readTokenId(fieldOf(''), 'f', 5, 1)).toBe(5);
  });

  it('refuses anything else', async () => {
    const expected = 'a token id (an integer in 0…7) or null';
    await refused((fields) => readTokenId(fields, 'f', 5, 8), ['8', '-1', '0.5', '"0"', '[0]', 'true'], expected);
  });
});

describe('readTokenIds', () => {
  it('takes one id, a list, null for none, and the default when absent', () => {
    expect(readTokenIds(fieldOf('0'), 'f', 5, 12)).toEqual([0]);
    expect(readTokenIds(fieldOf('[11, 0]'), 'f', 5, 12)).toEqual([11, 0]);
    expect(readTokenIds(fieldOf('[]'), 'f', 5, 12)).toEqual([]);
    expect(readTokenIds(fieldOf('null'), 'f', 5, 12)).toEqual([]);
    expect(readTokenIds(fieldOf(''), 'f', 5, 12)).toEqual([5]);
  });

  it('never refuses the default, however small the vocabulary', () => {
    expect(readTokenIds(fieldOf(''), 'f', 5, 1)).toEqual([5]);
  });

  it('refuses anything else', async () => {
    const expected = 'a token id (an integer in 0…7), a list of them or null';
    const wrong = ['8', '[0, 8]', '-1', '1.5', '"0"', '[0, -1]', '[null]', '[[0]]', '{}'];
    await refused((fields) => readTokenIds(fields, 'f', 5, 8), wrong, expected);
  });
});
