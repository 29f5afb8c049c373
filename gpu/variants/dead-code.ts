/**
 * Code that is never reached, behind conditions that are false at run time only: no compiler may know it, and none may let
 * it change the result.
 */
import { functionOf, parameterOf, textOf } from './kernel-text.ts';
import type { Transform } from './variant.ts';

/** `if (p < 0) { result = result * 2 + 12345; }` before the return; p is never negative. */
export function deadBranch(place: number): Transform {
  return (text) => withDead(text, (result) => `if (${parameterOf(text, place)} < 0) { ${spoil(result)} }\n`);
}

/** The same where no parameter is a number: behind a thread's place. */
export function deadBranchOfThread(text: string): string {
  return withDead(text, (result) => `if (this.thread.x < 0) { ${spoil(result)} }\n`);
}

/** `for (let never = 0; never < -p; never += 1) { … }`: a loop that goes round not once. */
export function deadLoop(place: number): Transform {
  return (text) =>
    withDead(
      text,
      (result) => `for (let never = 0; never < -${parameterOf(text, place)}; never += 1) { ${spoil(result)} }\n`,
    );
}

/** The dead code comes first, and the result is computed over what it leaves. */
export function deadBranchFirst(place: number): Transform {
  return (text) => {
    const { head, body, result } = functionOf(text);
    const dead = `let spoilt = 0;\nif (${parameterOf(text, place)} < 0) { spoilt = 12345; }\n`;
    return textOf({ head: `${head}\n${dead}`, body, result: `${result} + spoilt` });
  };
}

function withDead(text: string, dead: (result: string) => string): string {
  const { head, body, result } = functionOf(text);
  return textOf({ head, body: `${body}let outcome = ${result};\n${dead('outcome')}`, result: 'outcome' });
}

function spoil(result: string): string {
  return `${result} = ${result} * 2 + 12345;`;
}
