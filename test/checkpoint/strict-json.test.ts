import fc from 'fast-check';
import { expect, it, describe as law } from 'vitest';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import type { Json, JsonOptions } from '../../src/checkpoint/strict-json.ts';
import { describe, parseJson } from '../../src/checkpoint/strict-json.ts';
import { expectRefusal } from './refusal.ts';

/** A value of JSON.parse with its objects as Maps. */
function withMaps(value: unknown): Json {
  if (Array.isArray(value)) return value.map(withMaps);
  if (typeof value !== 'object' || value === null) return value as Json;
  return new Map(Object.entries(value).map(([key, entry]) => [key, withMaps(entry)]));
}

/** Refused with exactly this text, which begins with the place. */
async function refused(text: string, message: string, options?: JsonOptions): Promise<void> {
  await expectRefusal(() => parseJson(text, 'f.json', options), { file: 'f.json', message: `JSON, ${message}` });
}

/** Refused at a column of the first line. */
function refusedAt(column: number, text: string, message: string, options?: JsonOptions): Promise<void> {
  return refused(text, `line 1, column ${column}: ${message}`, options);
}

law('parseJson', () => {
  it('gives the value that JSON.parse gives, with Maps for objects', () => {
    const layout = fc.constantFrom(undefined, 1, '\t', '\r\n');
    fc.assert(
      fc.property(fc.jsonValue(), layout, (value, indent) => {
        const text = JSON.stringify(value, null, indent === '\r\n' ? 1 : indent).replaceAll(/\n(?=\s)/g, '\r\n');
        expect(parseJson(text, 'f.json')).toEqual(withMaps(JSON.parse(text)));
      }),
      { examples: [[{ '': [[], {}], __proto__: 1, 'é😀"\\/\b\f\n\r\t': [-0, 1e-7, true, false, null] }, 1]] },
    );
  });

  it('refuses what JSON.parse refuses: texts with one character changed, put in or taken out', () => {
    const character = fc.constantFrom(...'{}[]",:\\0123456789.-+eEutfn \n\t\u0000\u00a0/xA');
    const edit = fc.record({ at: fc.nat(60), remove: fc.nat(1), insert: fc.array(character, { maxLength: 2 }) });
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), edit, (value, { at, remove, insert }) => {
        const whole = JSON.stringify(value);
        const start = Math.min(at, whole.length);
        const text = whole.slice(0, start) + insert.join('') + whole.slice(start + remove);
        const [ours, theirs] = [outcome(() => parseJson(text, 'f')), outcome(() => withMaps(JSON.parse(text)))];
        if (theirs.error !== undefined) expect(ours.error).toBeInstanceOf(CheckpointError);
        else if (ours.error !== undefined) expect(String(ours.error)).toMatch(/ twice$|half of a pair$/);
        else expect(ours.value).toEqual(theirs.value);
      }),
    );
  });

  it('keeps __proto__, constructor and the like as plain keys', () => {
    const parsed = parseJson('{"__proto__": {"x": 1}, "constructor": 2}', 'f.json') as ReadonlyMap<string, Json>;
    expect([...parsed.keys()]).toEqual(['__proto__', 'constructor']);
    expect(parsed.get('__proto__')).toEqual(new Map([['x', 1]]));
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('refuses a key that stands twice, at every level, however it is spelt', async () => {
    await refusedAt(9, '{"a": 1,"a": 1}', 'expected different keys, got "a" twice');
    await refusedAt(16, '[{"b": {"a":1, "\\u0061" :2}}]', 'expected different keys, got "a" twice');
    await refusedAt(17, '{"__proto__": 1,"__proto__": 2}', 'expected different keys, got "__proto__" twice');
    expect(parseJson('[{"a": 1}, {"a": 1}, {"a": {"a": 1}}]', 'f.json')).toHaveLength(3);
  });

  it('names line and column, both from 1', async () => {
    await refused('{"a": 1,\n "b": 2,\n  }', 'line 3, column 3: expected a key in quotes, got "}"');
    await refused('\n\nx', 'line 3, column 1: expected a value, got "x"');
  });

  it('says what it expected of a structure', async () => {
    await refusedAt(1, '', 'expected a value, got the end of the text');
    await refusedAt(2, '{', 'expected a key in quotes, got the end of the text');
    await refusedAt(2, '{1:2}', 'expected a key in quotes, got "1"');
    await refusedAt(9, '{"a":1, }', 'expected a key in quotes, got "}"');
    await refusedAt(6, '{"a" 1}', 'expected ":", got "1"');
    await refusedAt(8, '{"a":1 "b":2}', 'expected "," or "}", got "\\""');
    await refusedAt(7, '{"a":1]', 'expected "," or "}", got "]"');
    await refusedAt(4, '[1 2]', 'expected "," or "]", got "2"');
    await refusedAt(3, '[1}', 'expected "," or "]", got "}"');
    await refusedAt(4, '[1,]', 'expected a value, got "]"');
    await refusedAt(2, '[,1]', 'expected a value, got ","');
    await refusedAt(3, '1 2', 'expected the end of the text, got "2"');
    await refusedAt(5, 'nullx', 'expected the end of the text, got "x"');
    await refusedAt(1, '😀', 'expected a value, got "😀"');
    await refusedAt(1, '\u00a01', 'expected a value, got "\u00a0"');
  });

  it('nests 64 levels and no more', async () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(JSON.stringify(parseJson(nested(65), 'f.json'))).toBe(nested(65));
    await refusedAt(66, nested(66), 'expected at most 64 levels of nesting, got more');
    await refusedAt(261, '{"":'.repeat(100_000), 'expected at most 64 levels of nesting, got more');
  });
});

law('describe', () => {
  it('shows any value in a few words', () => {
    const long = Array.from({ length: 9 }, (_, i) => i);
    expect(describe(undefined)).toBe('nothing');
    expect(describe(null)).toBe('null');
    expect(describe(true)).toBe('true');
    expect(describe(1.5)).toBe('1.5');
    expect(describe(-0)).toBe('-0');
    expect(describe(0)).toBe('0');
    expect(describe('a"b')).toBe('"a\\"b"');
    expect(describe(new Map())).toBe('an object');
    expect(describe([1, ['x'], new Map()])).toBe('[1, ["x"], an object]');
    expect(describe([])).toBe('[]');
    expect(describe(long.slice(0, 8))).toBe('[0, 1, 2, 3, 4, 5, 6, 7]');
    expect(describe(long)).toBe('[0, 1, 2, 3, 4, 5, 6, 7, …]');
  });
});

function outcome(run: () => Json): { value?: Json; error?: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}
