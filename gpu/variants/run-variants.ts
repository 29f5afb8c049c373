/**
 * Runs every variant beside its plain kernel, on the same operands, through the machine that runs the model: in whatever
 * mode that is. The plain kernel itself is compared with plain JavaScript, so that a subject tells something.
 */
import type { KernelName } from '../definitions.ts';
import { definitions } from '../definitions.ts';
import type { KernelDefinition } from '../kernel-definition.ts';
import type { GpuMachine } from '../machine.ts';
import type { Value } from '../value.ts';
import { numbersInFloat64, scaleInFloat64 } from './in-plain-javascript.ts';
import { subjects } from './subjects.ts';
import type { Subject, SubjectOperand, Variant } from './variant.ts';
import { variantOf } from './variant-definition.ts';
import { variants } from './variants.ts';

export interface VariantRow {
  /** `linear: its loop downwards` */
  readonly variant: string;
  /** The largest |variant − plain| in units of its bound; 0: the same bits. */
  readonly worst: number;
  readonly failure?: string;
}

export async function runVariants(
  machine: GpuMachine,
  list: readonly Variant[] = variants,
): Promise<readonly VariantRow[]> {
  const rows: VariantRow[] = [];
  for (const subject of subjects) {
    const own = list.filter(({ kernel }) => kernel === subject.kernel);
    if (own.length > 0) rows.push(...(await runSubject(machine, subject, own)));
  }
  return rows;
}

async function runSubject(machine: GpuMachine, subject: Subject, list: readonly Variant[]): Promise<VariantRow[]> {
  const { kernel } = subject;
  const definition = definitions[kernel];
  const operands = subject.operands.map((operand) => resident(machine, operand));
  const scale = scaleInFloat64(definition, subject);
  let plain: ArrayLike<number> = numbersInFloat64(definition, subject);
  const run = async (name: string, changed: () => KernelDefinition): Promise<VariantRow> => {
    try {
      const numbers = await callOnce(machine, changed(), subject, operands);
      const row = rowOf(`${kernel}: ${name}`, numbers, plain, scale, subject);
      if (name === 'plain') plain = numbers;
      return row;
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      return { variant: `${kernel}: ${name}`, worst: Infinity, failure };
    }
  };
  try {
    const rows = [await run('plain', () => definition)];
    for (const variant of list) rows.push(await run(variant.name, () => variantOf(definition, variant)));
    return rows;
  } finally {
    for (const operand of operands) if (typeof operand !== 'number') operand.delete();
    await machine.settle();
  }
}

function rowOf(
  variant: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  scale: readonly number[],
  { roundings }: Subject,
): VariantRow {
  let worst = 0;
  let failure: string | undefined;
  scale.forEach((size, i) => {
    if (actual[i] === expected[i]) return;
    const units = Math.abs(actual[i]! - expected[i]!) / (roundings * 2 ** -24 * size);
    if (!(units <= worst)) worst = units;
    if (!(units <= 1)) failure ??= `number ${i} expected ${expected[i]}, got ${actual[i]}: ${units} × its bound`;
  });
  return failure === undefined ? { variant, worst } : { variant, worst, failure };
}

function resident(machine: GpuMachine, operand: SubjectOperand): Value | number {
  if (typeof operand === 'number') return operand;
  if ('cell' in operand) return machine.upload(Float32Array.from(operand.cell));
  return machine.uploadMatrix(Float32Array.from(operand.matrix), operand.rows, operand.columns);
}

/** A machine looks kernels up by name, so a variant stands in the table while it runs. */
async function callOnce(
  machine: GpuMachine,
  definition: KernelDefinition,
  { shape }: Subject,
  operands: readonly (Value | number)[],
): Promise<Float32Array> {
  const table = definitions as Record<string, KernelDefinition>;
  const name = definition.name as KernelName;
  const known = Object.hasOwn(table, name);
  if (!known) table[name] = definition;
  try {
    const result = machine.call(name, shape, ...operands);
    const numbers = await machine.read(result, 0, result.length);
    result.delete();
    return numbers;
  } finally {
    if (!known) delete table[name];
  }
}
