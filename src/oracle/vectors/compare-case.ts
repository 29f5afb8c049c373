/**
 * One case judged: each output against its budget, and a sentence for whatever cannot be compared.
 */
import type { Declaration, Precision } from './declaration.ts';
import { budgetsOf } from './declaration.ts';
import type { VectorCase, VectorOutput } from './vector-case.ts';

/** Numbers in the order of the case's axes, and the dtype that they were stored in. */
export interface GivenNumbers {
  readonly data: ArrayLike<number>;
  readonly precision: Precision;
}

/** What an implementation gave for one output: numbers, or the sentence that says why there is nothing to compare. */
export type GivenOutput = GivenNumbers | Float32Array | Float64Array | string;

/** Arrays say their precision themselves; undefined where nothing was given. */
export function numbersOf(given: GivenOutput | undefined): GivenNumbers | string | undefined {
  if (given instanceof Float32Array) return { data: given, precision: 'f32' };
  return given instanceof Float64Array ? { data: given, precision: 'f64' } : given;
}

export type GivenOutputs = Readonly<Record<string, GivenOutput | undefined>>;

export interface OutputVerdict {
  readonly output: string;
  /** The worst error in units of its budget: above 1 is a failure. */
  readonly worst: number;
  /** `y (t=3, d=1) expected …, got …`; absent where nothing is off. */
  readonly where?: string;
  /** Elements that are NaN or infinite where they should not be, or the other way round. */
  readonly nonFinite: number;
  /** What is wrong, if anything. */
  readonly failure?: string;
}

export interface CaseVerdict {
  readonly name: string;
  readonly worst: number;
  readonly outputs: readonly OutputVerdict[];
  readonly failures: readonly string[];
}

/**
 * Compares what an implementation gave for a case.
 * @param given by output: a Float32Array or Float64Array in the order of the case's axes, or numbers and their dtype
 * @throws TypeError when nothing is given at all
 */
export function compareCase(one: VectorCase, given: GivenOutputs, declaration: Declaration = {}): CaseVerdict {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`"given" expected the outputs of ${one.name} by name, got ${given}`);
  }
  const asked = Object.entries(one.outputs).filter(([name, { optional }]) => !optional || given[name] !== undefined);
  const outputs = asked.map(([name, output]) => {
    return compareOutput(name, output, given[name], declaration);
  });
  const failures = outputs.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  return { name: one.name, worst: Math.max(0, ...outputs.map(({ worst }) => worst)), outputs, failures };
}

function compareOutput(
  name: string,
  output: VectorOutput,
  given: GivenOutput | undefined,
  declaration: Declaration,
): OutputVerdict {
  const refused = (why: string) => ({ output: name, worst: Infinity, nonFinite: 0, failure: `"${name}" ${why}` });
  const numbers = numbersOf(given);
  if (numbers === undefined) return refused('expected in the results, got no such tensor');
  if (typeof numbers === 'string') return refused(numbers);
  const { data, precision } = numbers;
  const { value } = output;
  if (data.length !== value.length) return refused(`expected ${value.length} numbers, got ${data.length}`);
  const budgets = budgetsOf(output, declaration, precision);
  let [worst, at, nonFinite] = [0, -1, 0];
  for (let i = 0; i < value.length; i++) {
    const units = unitsOf(data[i]!, value[i]!, budgets[i]!);
    if (units === Infinity && !(Number.isFinite(data[i]!) && Number.isFinite(value[i]!))) nonFinite++;
    if (!(units <= worst)) [worst, at] = [units, i];
  }
  if (at < 0) return { output: name, worst, nonFinite };
  const where = `${name} ${placeOf(output, at)} expected ${value[at]}, got ${data[at]}`;
  if (worst <= 1) return { output: name, worst, where, nonFinite };
  const off = nonFinite > 0 ? `${nonFinite} of ${value.length} are not finite where they should be` : inBudgets(worst);
  return { output: name, worst, where, nonFinite, failure: `${where}: ${off}` };
}

function inBudgets(worst: number): string {
  return worst === Infinity ? 'it should be exact' : `${worst.toPrecision(3)} × its budget`;
}

/** The error as a multiple of the budget; infinite where one of the two is no number and the other is another. */
function unitsOf(actual: number, expected: number, budget: number): number {
  if (Number.isNaN(expected)) return Number.isNaN(actual) ? 0 : Infinity;
  if (actual === expected || actual === Math.fround(expected)) return 0;
  const error = Math.abs(actual - expected);
  if (!(error < Infinity)) return Infinity;
  return budget > 0 ? error / budget : Infinity;
}

/** `(t=3, d=1)` */
export function placeOf({ axes, shape }: Pick<VectorOutput, 'axes' | 'shape'>, index: number): string {
  let rest = index;
  const parts = axes.map((axis, i) => {
    const inner = shape.slice(i + 1).reduce((product, size) => product * size, 1);
    const at = Math.floor(rest / inner);
    rest %= inner;
    return `${axis}=${at}`;
  });
  return `(${parts.join(', ')})`;
}
