/**
 * A list of texts as Python prints it: the script prints its texts so.
 */

/** What Python's str.isprintable refuses: controls, formats, separators other than the space, and what is no character. */
const notPrintable = /[\p{C}\p{Zl}\p{Zp}\p{Zs}]/u;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/** `['one', "it's two"]`: repr(list) of Python. */
export function pythonList(texts: readonly string[]): string {
  return `[${texts.map(pythonString).join(', ')}]`;
}

/** Single quotes, unless there are such and no double ones in the text. */
function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = Array.from(text, (character) => (character === quote ? `\\${quote}` : escaped(character)));
  return `${quote}${inside.join('')}${quote}`;
}

function escaped(character: string): string {
  const short = named[character];
  if (short !== undefined) return short;
  if (character === ' ' || !notPrintable.test(character)) return character;
  const code = character.codePointAt(0)!;
  const digits = (width: number) => code.toString(16).padStart(width, '0');
  if (code < 0x100) return `\\x${digits(2)}`;
  return code < 0x10000 ? `\\u${digits(4)}` : `\\U${digits(8)}`;
}
