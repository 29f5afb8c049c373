/**
 * The same loops, written otherwise: around everything once, in two pieces, peeled, two turns at once, downwards.
 */
import { functionOf, loopOf, parameterOf, renamed, replaced, textOf } from './kernel-text.ts';
import type { Transform } from './variant.ts';

/** The whole body inside of `for (let once = 0; once < 1; once++)`. */
export function oneTrip(text: string): string {
  return around(text, '1');
}

/** The same with a bound and a step that only the run knows, p ≥ 1. */
export function oneTripOf(place: number): Transform {
  return (text) => around(text, parameterOf(text, place));
}

function around(text: string, step: string): string {
  const { head, body, result } = functionOf(text);
  const loop = `for (let once = 0; once < ${step}; once += ${step}) {\n${body}outcome = ${result};\n}\n`;
  return textOf({ head: `${head}\nlet outcome = 0;\n`, body: loop, result: 'outcome' });
}

/** i from 0 and below 2, in a loop that goes on doing nothing; then i from 2 to end. The order stays. */
export function splitLoop(nth = 0): Transform {
  return (text) => {
    const loop = loopOf(text, nth);
    const { name, first, end, step, body } = loop;
    if (first !== '0' || step !== '1')
      throw new TypeError(`a loop expected 0, 1, 2 …, got ${first} and steps of ${step}`);
    const later = `${name}Later`;
    const before = `for (let ${name} = 0; ${name} < ${end}; ${name} += 1) {\nif (${name} < 2) {${body}}\n}\n`;
    const after = `for (let ${later} = 2; ${later} < ${end}; ${later} += 1) {${renamed(body, name, later)}}`;
    return replaced(text, loop, before + after);
  };
}

/** The first turn before the loop, if there is one. The order stays. */
export function peeled(nth = 0): Transform {
  return (text) => {
    const loop = loopOf(text, nth);
    const { name, first, end, step, body } = loop;
    const early = `${name}Early`;
    const turn = `if (${first} < ${end}) {\nconst ${early} = ${first};${renamed(body, name, early)}}\n`;
    return replaced(
      text,
      loop,
      `${turn}for (let ${name} = ${first} + ${step}; ${name} < ${end}; ${name} += ${step}) {${body}}`,
    );
  };
}

/** Two turns in one, the second behind a condition. The order stays. */
export function twoAtOnce(nth = 0): Transform {
  return (text) => {
    const loop = loopOf(text, nth);
    const { name, first, end, step, body } = loop;
    const next = `${name}Next`;
    const second = `if (${name} + ${step} < ${end}) {\nconst ${next} = ${name} + ${step};${renamed(body, name, next)}}\n`;
    return replaced(
      text,
      loop,
      `for (let ${name} = ${first}; ${name} < ${end}; ${name} += 2 * ${step}) {${body}${second}}`,
    );
  };
}

/** From the last to the first, steps of 1: sums come in another order. */
export function downwards(nth = 0): Transform {
  return (text) => {
    const loop = loopOf(text, nth);
    const { name, first, end, body } = loop;
    return replaced(text, loop, `for (let ${name} = ${end} - 1; ${name} >= ${first}; ${name} -= 1) {${body}}`);
  };
}

/** Every turn behind a condition that holds: p ≥ 0. */
export function guardedTurns(place: number, nth = 0): Transform {
  return (text) => {
    const loop = loopOf(text, nth);
    const { body } = loop;
    const open = text.slice(loop.start, loop.stop - body.length - 1);
    return replaced(text, loop, `${open}\nif (${parameterOf(text, place)} >= 0) {${body}}\n}`);
  };
}
