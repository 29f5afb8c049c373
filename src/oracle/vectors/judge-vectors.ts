/**
 * A results file against exported vectors: every case under what the implementation declares, and under both exps, since
 * along a long scan what they allow differs a hundredfold.
 */
import type { TensorFile } from '../../checkpoint/index.ts';
import type { CaseVerdict, GivenOutputs } from './compare-case.ts';
import { compareCase } from './compare-case.ts';
import type { Declaration } from './declaration.ts';
import { isNarrow, isWideEnough } from './declaration.ts';
import type { Manifest, ManifestCase } from './manifest.ts';
import type { VectorTensors } from './read-vectors.ts';
import { readCase, readResults } from './read-vectors.ts';
import type { VectorCase } from './vector-case.ts';

export interface JudgedCase {
  readonly case: VectorCase;
  readonly given: GivenOutputs;
  /** Under the declared exp. */
  readonly verdict: CaseVerdict;
  /** Under each exp: the worst error in units of the budget. */
  readonly worst: { readonly strict: number; readonly gpu: number };
}

export interface JudgedVectors {
  readonly cases: readonly JudgedCase[];
  /** Names of cases that do not apply: operations that were not run, inputs that are too wide, or too long for states so narrow. */
  readonly left: {
    readonly notRun: readonly string[];
    readonly tooWide: readonly string[];
    readonly tooLong: readonly string[];
    readonly notOffered: readonly string[];
  };
  /** Tensors of the results that no case asks for. */
  readonly unknown: readonly string[];
}

export interface JudgeOptions extends Declaration {
  /** Cases of which the results hold nothing are left out, and not asked for. Default false. */
  readonly partial?: boolean;
}

function holdsAny({ outputs }: ManifestCase, results: TensorFile): boolean {
  return Object.values(outputs).some(({ tensor }) => results.tensors.has(tensor));
}

/**
 * An operation of which the results hold nothing at all was not run, and is left out; of one that was run, every case is
 * asked for.
 */
export async function judgeVectors(
  manifest: Manifest,
  files: VectorTensors,
  results: TensorFile,
  { partial = false, ...declaration }: JudgeOptions = {},
): Promise<JudgedVectors> {
  const { accumulation = 'f32', inputs = 'f32' } = declaration;
  const names = [...results.tensors.keys()];
  const ran = new Set(names.map((name) => name.slice(0, name.indexOf('/'))));
  const cases: JudgedCase[] = [];
  const left = { notRun: [] as string[], tooWide: [] as string[], tooLong: [] as string[], notOffered: [] as string[] };
  for (const entry of manifest.cases) {
    if (!ran.has(entry.operation)) left.notRun.push(entry.name);
    else if (isNarrow(inputs) && !entry.narrow) left.tooWide.push(entry.name);
    else if (!isWideEnough(declaration, entry)) left.tooLong.push(entry.name);
    else if (partial && !holdsAny(entry, results)) left.notOffered.push(entry.name);
    else {
      const one = await readCase(manifest, entry, files);
      const given = await readResults(manifest, entry, results, accumulation);
      cases.push(judgeCase(one, given, declaration));
    }
  }
  const asked = new Set(manifest.cases.flatMap(({ outputs }) => Object.values(outputs).map(({ tensor }) => tensor)));
  return { cases, left, unknown: names.filter((name) => !asked.has(name)) };
}

export function judgeCase(one: VectorCase, given: GivenOutputs, declaration: Declaration): JudgedCase {
  const { exp = 'strict' } = declaration;
  const under = { strict: verdict('strict'), gpu: verdict('gpu') };
  function verdict(name: 'strict' | 'gpu') {
    return compareCase(one, given, { ...declaration, exp: name });
  }
  return { case: one, given, verdict: under[exp], worst: { strict: under.strict.worst, gpu: under.gpu.worst } };
}
