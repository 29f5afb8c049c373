/**
 * The table of known mistakes, by name.
 */
import type { Mistake } from './mistake.ts';
import { backwardMistakes } from './mistakes-backward.ts';
import { blockMistakes } from './mistakes-block.ts';
import { convMistakes } from './mistakes-conv.ts';
import { recurrenceMistakes } from './mistakes-recurrence.ts';
import { scanMistakes } from './mistakes-scan.ts';

export const mistakes = {
  ...scanMistakes,
  ...recurrenceMistakes,
  ...convMistakes,
  ...blockMistakes,
  ...backwardMistakes,
} satisfies Record<string, Mistake>;

export type MistakeName = keyof typeof mistakes;

export const mistakeNames = Object.keys(mistakes) as readonly MistakeName[];

export function mistakeOf(name: MistakeName): Mistake {
  return mistakes[name];
}
