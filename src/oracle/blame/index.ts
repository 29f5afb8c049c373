/** Blame: which known mistake made a wrong result. */
export { type Blame, type BlamedCase, blame } from './blame.ts';
export type { Mistake } from './mistake.ts';
export { type MistakeName, mistakeNames, mistakeOf } from './mistakes.ts';
export { predict } from './predict.ts';
