/**
 * A kernel's text in parts, as far as the variants change it: parameters, body, the one `return` at its end, loops and
 * conditions. Written for what our kernels are (one top-level function, braces everywhere, no comments inside, one exit),
 * however they are spaced: as tsc, vitest or tsx print them. A bundle that drops braces is refused.
 */

/** With a semicolon behind every statement. */
export function tidied(text: string): string {
  return text.replace(/([^;{}\s])(\s*)(?=\})/g, '$1;$2');
}

export interface FunctionText {
  /** Up to the opening brace. */
  readonly head: string;
  /** Without the last statement. */
  readonly body: string;
  /** The expression that the last statement returns. */
  readonly result: string;
}

export function functionOf(text: string): FunctionText {
  const open = text.indexOf('{', closing(text, text.indexOf('(')));
  const inside = text.slice(open + 1, closing(text, open));
  const match = /^([\s\S]*)\breturn\b([\s\S]*?);?\s*$/.exec(inside);
  if (match === null) throw new TypeError('a kernel expected a return at its end, got none');
  return { head: text.slice(0, open + 1), body: match[1]!, result: match[2]!.trim() };
}

export function textOf({ head, body, result }: FunctionText): string {
  return `${head}${body}return ${result};\n}`;
}

/** A parameter's name, by its place. */
export function parameterOf(text: string, place: number): string {
  const open = text.indexOf('(');
  const name = text
    .slice(open + 1, closing(text, open))
    .split(',')
    [place]?.trim();
  if (!name) throw new TypeError(`a kernel expected a parameter at place ${place}, got none`);
  return name;
}

/** `for (let i = first; i < end; i += step) { body }` */
export interface LoopText {
  readonly start: number;
  /** Behind the closing brace. */
  readonly stop: number;
  readonly name: string;
  readonly first: string;
  readonly end: string;
  /** `1` for i++ */
  readonly step: string;
  readonly body: string;
}

const loopHead = /\bfor\s*\(let\s+([\w$]+)\s*=\s*([^;]+);\s*\1\s*<\s*([^;]+);\s*\1\s*(?:\+\+|\+=\s*([^)]+))\)\s*\{/g;

/** @param nth which loop, in the order of their beginnings; −1: the last */
export function loopOf(text: string, nth = 0): LoopText {
  const match = [...text.matchAll(loopHead)].at(nth);
  if (match === undefined) throw new TypeError(`a kernel expected a loop ${nth}, got none`);
  const [whole, name, first, end, step = '1'] = match;
  const open = match.index + whole.length - 1;
  const close = closing(text, open);
  return {
    start: match.index,
    stop: close + 1,
    name: name!,
    first: first!,
    end: end!,
    step,
    body: text.slice(open + 1, close),
  };
}

/** `if (condition) { then } else { otherwise }` */
export interface BranchText {
  readonly start: number;
  readonly stop: number;
  readonly condition: string;
  readonly then: string;
  readonly otherwise?: string;
}

export function branchOf(text: string, nth = 0): BranchText {
  const match = [...text.matchAll(/\bif\s*\(/g)].at(nth);
  if (match === undefined) throw new TypeError(`a kernel expected a condition ${nth}, got none`);
  const open = match.index + match[0].length - 1;
  const close = closing(text, open);
  const condition = text.slice(open + 1, close);
  const [then, stop] = block(text, close + 1);
  const word = /^\s*else\s*(?=\{)/.exec(text.slice(stop));
  if (word === null) return { start: match.index, stop, condition, then };
  const [otherwise, end] = block(text, stop + word[0].length);
  return { start: match.index, stop: end, condition, then, otherwise };
}

/** What the braces behind `from` hold, and the place behind them. */
function block(text: string, from: number): readonly [string, number] {
  const open = text.indexOf('{', from);
  if (open < 0 || text.slice(from, open).trim() !== '') throw new TypeError('a kernel expected braces, got none');
  const close = closing(text, open);
  return [text.slice(open + 1, close), close + 1];
}

/** Puts something in the place of a part. */
export function replaced(
  text: string,
  { start, stop }: { readonly start: number; readonly stop: number },
  by: string,
): string {
  return text.slice(0, start) + by + text.slice(stop);
}

/** A name for another, wherever it stands alone. */
export function renamed(text: string, from: string, to: string): string {
  return text.replace(new RegExp(`(?<![\\w.$])${from.replace(/\$/g, '\\$&')}(?![\\w$])`, 'g'), () => to);
}

/** The place of the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if ('([{'.includes(text[i]!)) depth++;
    if (')]}'.includes(text[i]!)) depth--;
    if (depth === 0) return i;
  }
  throw new TypeError('a kernel expected a closing bracket, got none');
}
