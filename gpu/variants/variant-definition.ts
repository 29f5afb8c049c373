/**
 * A kernel's definition with its text, or that of a function it calls, changed.
 */
import type { KernelSource } from '../gpu-js.ts';
import type { KernelDefinition } from '../kernel-definition.ts';
import { tidied } from './kernel-text.ts';
import type { Variant } from './variant.ts';

/** @throws TypeError when nothing has changed but spaces */
export function variantOf(definition: KernelDefinition, { name, transform, ofFunction }: Variant): KernelDefinition {
  const { source, functions } = definition;
  const changed = (from: KernelSource) => changedSource(from, transform);
  const own = `${definition.name}: ${name}`;
  if (ofFunction === undefined) return { ...definition, name: own, source: changed(source) };
  return { ...definition, name: own, functions: functions.map((each, i) => (i === ofFunction ? changed(each) : each)) };
}

/** GPU.js asks a function for its text. */
function changedSource(source: KernelSource, transform: Variant['transform']): KernelSource {
  const before = tidied(source.toString());
  const after = transform(before);
  if (withoutSpaces(before) === withoutSpaces(after)) throw new TypeError('the text is as it was');
  return Object.assign(() => Number.NaN, { toString: () => after });
}

function withoutSpaces(text: string): string {
  return text.replace(/\s+/g, '');
}
