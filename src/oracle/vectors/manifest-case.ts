/**
 * What is wrong with a case of a manifest, if anything: shapes, budgets and parameters must be there, in sane ranges, and agree.
 */
import { precisions } from './declaration.ts';
import type { ManifestCase, ManifestOutput, StoredShape } from './manifest.ts';
import type { Parameter, VectorOperation } from './vector-case.ts';
import { operationTexts } from './vector-case.ts';

/** Parameters and inputs that each operation must have. */
const needed: { readonly [O in VectorOperation]: readonly [parameters: string, inputs: string] } = {
  discretize: ['rule', 'delta A B'],
  scan: ['seqLen channels', 'a b'],
  selectiveScan: ['seqLen dInner dState groups cuSeqlens discretization by', 'x delta A B C'],
  selectiveScanBackward: ['seqLen dInner dState groups cuSeqlens discretization', 'x delta A B C dY'],
  causalConv1d: ['seqLen dInner dConv cuSeqlens', 'x weight'],
  block: [
    'dModel dInner dState dConv dtRank',
    'input inProjWeight conv1dWeight xProjWeight dtProjWeight aLog D outProjWeight',
  ],
  model: ['dModel dInner dState dConv dtRank nLayer vocabSize normEps', 'ids embeddingWeight normFWeight'],
  trace: ['model', 'ids'],
};

/** Axes whose sizes are parameters, by operation. */
const sizes: Readonly<Record<string, string>> = { t: 'seqLen', d: 'dInner', n: 'dState', g: 'groups' };

/** The largest factor that budgets have is 56. */
const largestFactor = 1000;

/** What the case should have had. */
export function caseProblem(one: Partial<ManifestCase> | null): string | undefined {
  const { name, operation, inputs, outputs, parameters, narrowestState } = one ?? {};
  if (typeof name !== 'string') return 'a name';
  if (typeof operation !== 'string' || !Object.hasOwn(operationTexts, operation)) return 'an operation of the list';
  if (narrowestState !== undefined && !precisions.includes(narrowestState)) return 'a narrowestState that is a dtype';
  if (!(isRecord(inputs) && Object.values(inputs).every(isStored))) return 'inputs that have tensor, axes and shape';
  if (!(isRecord(outputs) && Object.values(outputs).every(isStored))) return 'outputs that have tensor, axes and shape';
  if (!Object.values(outputs).every((output) => hasBudget(output))) return `scales, and factors in 0…${largestFactor}`;
  if (!(isRecord(parameters) && Object.values(parameters).every(isParameter))) return 'parameters';
  const [names, operands] = needed[operation].map((list) => list.split(' ')) as [string[], string[]];
  const missing = names.find((key) => parameters[key] === undefined);
  if (missing !== undefined) return `the parameter "${missing}"`;
  const lost = operands.find((key) => inputs[key] === undefined);
  if (lost !== undefined) return `the input "${lost}"`;
  return sizeProblem(parameters, [...Object.values(inputs), ...Object.values(outputs)]);
}

function sizeProblem(parameters: Readonly<Record<string, Parameter>>, tensors: readonly StoredShape[]) {
  const { cuSeqlens, seqLen } = parameters;
  if (cuSeqlens !== undefined) {
    const bounds = Array.isArray(cuSeqlens) ? cuSeqlens : [];
    const ascending = bounds.every((bound, i) => Number.isInteger(bound) && bound >= (bounds[i - 1] ?? 0));
    if (!(ascending && bounds[0] === 0 && bounds.at(-1) === seqLen)) return 'cuSeqlens that go from 0 up to seqLen';
  }
  for (const { axes, shape } of tensors) {
    for (const [i, axis] of axes.entries()) {
      const size = parameters[sizes[axis] ?? ''];
      if (size !== undefined && size !== shape[i]) return `shapes of ${sizes[axis]} ${JSON.stringify(size)}`;
    }
  }
  return undefined;
}

function isRecord<T>(value: Readonly<Record<string, T>> | undefined): value is Readonly<Record<string, T>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isParameter(value: unknown): boolean {
  const list = Array.isArray(value) ? value : [value];
  return list.every((one) => ['number', 'boolean', 'string'].includes(typeof one));
}

function isStored(tensor: Partial<StoredShape> | null): boolean {
  const { tensor: name, axes, shape, ours = axes } = tensor ?? {};
  if (!(Array.isArray(axes) && Array.isArray(shape) && Array.isArray(ours))) return false;
  const whole = shape.every((size) => Number.isInteger(size) && size >= 0 && size <= 2 ** 31);
  const letters = [...axes, ...ours].every((axis) => typeof axis === 'string');
  return (
    typeof name === 'string' &&
    whole &&
    letters &&
    axes.length === shape.length &&
    ours.every((axis) => axes.includes(axis))
  );
}

function hasBudget({ scale, factor }: Partial<ManifestOutput>): boolean {
  if (!(isRecord(scale) && isRecord(factor))) return false;
  return (['strict', 'gpu'] as const).every((exp) => {
    const size: unknown = factor[exp];
    return typeof scale[exp] === 'string' && typeof size === 'number' && size >= 0 && size <= largestFactor;
  });
}
