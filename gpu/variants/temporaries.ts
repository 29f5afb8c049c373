/**
 * The same values, by way of more or other names: a compiler has other registers to choose.
 */
import { functionOf, textOf } from './kernel-text.ts';

const addition = /([\w$]+)\s*\+=\s*([^;]+);/;

/** `sum += e;` in three steps. */
export function namedAddend(text: string): string {
  return text.replace(
    addition,
    (_, sum, e) => `const addend = ${e};\nconst before = ${sum};\n${sum} = before + addend;`,
  );
}

/** `sum += e;` becomes sum = e + sum. */
export function commutedAddition(text: string): string {
  return text.replace(addition, (_, sum, e) => `${sum} = ${e} + ${sum};`);
}

/** The result has a name, and is doubled and halved: exact, but for numbers near the largest. */
export function doubledResult(text: string): string {
  const { head, body, result } = functionOf(text);
  return textOf({ head, body: `${body}const twice = 2 * (${result});\n`, result: '0.5 * twice' });
}

/** The first subscript that is a sum goes through a name, declared before its statement. */
export function namedSubscript(text: string): string {
  return text.replace(/([;{}])([^;{}]*?)\[([^[\]]*\+[^[\]]*)\]/, (_, end, before, subscript) => {
    return `${end}\nconst place = ${subscript};${before}[place]`;
  });
}
