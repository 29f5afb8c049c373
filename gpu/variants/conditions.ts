/**
 * The same conditions, written otherwise: negated, mirrored, with exchanged branches, nested, as a choice, as arithmetic.
 */
import { branchOf, replaced } from './kernel-text.ts';
import type { Transform } from './variant.ts';

const opposite: Readonly<Record<string, string>> = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' };
const mirror: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** a < b becomes !(a ≥ b), wherever it stands in the condition; what is compared is no NaN. */
export function negated(nth = 0): Transform {
  return comparisons(nth, (a, sign, b) => `!(${a} ${opposite[sign]} ${b})`);
}

/** a < b becomes b > a. */
export function mirrored(nth = 0): Transform {
  return comparisons(nth, (a, sign, b) => `${b} ${mirror[sign]} ${a}`);
}

function comparisons(nth: number, by: (a: string, sign: string, b: string) => string): Transform {
  return (text) => {
    const branch = branchOf(text, nth);
    const { condition } = branch;
    const rewritten = outside(condition, /&&|\|\|/).map((part) => {
      const [a, sign, b, ...more] = outside(part, /[<>]=?/);
      return b === undefined || more.length > 0 ? part : ` ${by(a!.trim(), sign!, b.trim())} `;
    });
    const at = text.indexOf(condition, branch.start);
    return replaced(text, { start: at, stop: at + condition.length }, rewritten.join(''));
  };
}

/** Cut at signs that stand outside of all brackets; the signs are kept, in between. */
function outside(text: string, sign: RegExp): string[] {
  const cuts = [...text.matchAll(new RegExp(sign, 'g'))].filter(({ index }) => depthAt(text, index) === 0);
  const parts: string[] = [];
  let from = 0;
  for (const { index, 0: found } of cuts) {
    parts.push(text.slice(from, index), found);
    from = index + found.length;
  }
  return [...parts, text.slice(from)];
}

function depthAt(text: string, index: number): number {
  const before = text.slice(0, index);
  return before.replace(/[^([{]/g, '').length - before.replace(/[^)\]}]/g, '').length;
}

/** `if (!c) { otherwise } else { then }` */
export function exchanged(nth = 0): Transform {
  return (text) => {
    const branch = branchOf(text, nth);
    const { condition, then, otherwise = '' } = branch;
    return replaced(text, branch, `if (!(${condition})) {${otherwise}} else {${then}}`);
  };
}

/** `if (c) { if (c) { then } }`, without an else. */
export function nested(nth = 0): Transform {
  return (text) => {
    const branch = branchOf(text, nth);
    const { condition, then } = branch;
    return replaced(text, branch, `if (${condition}) {\nif (${condition}) {${then}}\n}`);
  };
}

/** `if (c) { v = e; }` becomes v = c ? e : v. */
export function chosen(nth = 0): Transform {
  return assignment(nth, (c, v, e) => `${v} = ${c} ? ${e} : ${v};`);
}

/** `if (c) { v = e; }` becomes v = k·e + (1 − k)·v with k = c ? 1 : 0; e is finite either way. */
export function asArithmetic(nth = 0): Transform {
  return assignment(nth, (c, v, e) => `const kept = ${c} ? 1 : 0;\n${v} = kept * (${e}) + (1 - kept) * ${v};`);
}

function assignment(nth: number, by: (condition: string, name: string, value: string) => string): Transform {
  return (text) => {
    const branch = branchOf(text, nth);
    const match = /^\s*([\w$]+)\s*=\s*([^;]+);\s*$/.exec(branch.then);
    if (match === null || branch.otherwise !== undefined) {
      throw new TypeError(`a condition expected one assignment and no else, got ${branch.then.trim()}`);
    }
    return replaced(text, branch, by(branch.condition, match[1]!, match[2]!));
  };
}
