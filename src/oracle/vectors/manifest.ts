/**
 * manifest.json: what the files of exported vectors hold, for readers in any language. docs/check-your-backend.md
 * describes every field; a change of meaning is a new version.
 */
import { CheckpointError } from '../../checkpoint/index.ts';
import type { Precision } from './declaration.ts';
import { budgetRule, floors, units } from './declaration.ts';
import type { Layout } from './layout.ts';
import { layouts } from './layout.ts';
import { caseProblem } from './manifest-case.ts';
import type { Axes, Basis, ExpName, Parameter, VectorOperation } from './vector-case.ts';
import { operationTexts } from './vector-case.ts';

export const manifestFormat = 'mamba-ts vectors';
export const manifestVersion = 1;
export const fileNames = {
  manifest: 'manifest.json',
  inputs: 'inputs.safetensors',
  expected: 'expected.safetensors',
} as const;

export interface StoredShape {
  /** Its name in the file. */
  readonly tensor: string;
  readonly axes: Axes;
  readonly shape: readonly number[];
  /** The axes in our order, where the layout has another. */
  readonly ours?: Axes;
}

export interface ManifestOutput extends StoredShape {
  readonly scale: { readonly [E in ExpName]: string };
  readonly state?: string;
  readonly factor: { readonly [E in ExpName]: number };
  readonly basis: Basis;
  readonly optional?: boolean;
}

export interface ManifestCase {
  readonly name: string;
  readonly operation: VectorOperation;
  readonly note: string;
  readonly narrow: boolean;
  readonly narrowestState?: Precision;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly inputs: Readonly<Record<string, StoredShape & { readonly dtype: 'F32' | 'I64' }>>;
  readonly outputs: Readonly<Record<string, ManifestOutput>>;
}

export interface Manifest {
  readonly format: typeof manifestFormat;
  readonly version: number;
  readonly seed: number;
  readonly size: string;
  readonly layout: Layout;
  /** Of both other files, and of what this one says. */
  readonly sha256: Checksums;
  readonly cases: readonly ManifestCase[];
}

export type Checksums = { readonly [F in 'inputs' | 'expected' | 'manifest']: string };

export type ManifestHeading = Pick<Manifest, 'seed' | 'size' | 'layout'>;

/** What the file says, but for its own checksum. */
export function manifestContent(
  heading: ManifestHeading & { readonly sha256: Omit<Checksums, 'manifest'> },
  cases: readonly ManifestCase[],
) {
  const { seed, size, layout, sha256 } = heading;
  return {
    ...{ format: manifestFormat, version: manifestVersion, seed, size, layout, files: fileNames, sha256 },
    ...{ budget: budgetRule, u: units, floor: floors, operations: operationTexts, cases },
  };
}

/** The text of the file, a case a line. */
export function manifestText({ cases, ...head }: ReturnType<typeof manifestContent>): string {
  const lines = Object.entries(head).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)},`);
  return `{\n${lines.join('\n')}\n"cases": [\n${cases.map((one) => JSON.stringify(one)).join(',\n')}\n]\n}\n`;
}

/** @throws CheckpointError when the text is no manifest of this version, naming the file */
export function parseManifest(text: string, file: string): Manifest {
  const manifest = parse(text, file) as Partial<Manifest> | null;
  if (manifest?.format !== manifestFormat) {
    throw new CheckpointError({ file }, `expected "format": "${manifestFormat}", got ${json(manifest?.format)}`);
  }
  if (manifest.version !== manifestVersion) {
    const got = `${json(manifest.version)}; export the vectors anew`;
    throw new CheckpointError({ file }, `expected "version": ${manifestVersion}, got ${got}`);
  }
  if (!layouts.some((layout) => layout === manifest.layout)) {
    throw new CheckpointError({ file }, `expected "layout": ours or upstream, got ${json(manifest.layout)}`);
  }
  for (const [key, rule] of Object.entries({ files: fileNames, u: units, floor: floors })) {
    const got = Reflect.get(manifest, key);
    if (JSON.stringify(got) !== JSON.stringify(rule)) {
      throw new CheckpointError({ file }, `expected ${json(key)}: ${json(rule)}, got ${json(got)}`);
    }
  }
  const { sha256 } = manifest;
  if (![sha256?.inputs, sha256?.expected, sha256?.manifest].every((sum) => /^[0-9a-f]{64}$/.test(String(sum)))) {
    throw new CheckpointError({ file }, `expected "sha256" of inputs, expected and manifest, got ${json(sha256)}`);
  }
  if (!Array.isArray(manifest.cases)) {
    throw new CheckpointError({ file }, `expected "cases": a list of cases, got ${json(manifest.cases)}`);
  }
  const names = new Set<string>();
  for (const [i, one] of manifest.cases.entries()) {
    const problem = names.has(one?.name) ? 'a name of its own' : caseProblem(one);
    if (problem === undefined) names.add(one.name);
    else throw new CheckpointError({ file }, `expected "cases"[${i}] with ${problem}, got ${json(one?.name ?? one)}`);
  }
  return manifest as Manifest;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError({ file, cause }, 'expected JSON, got a text that is none; is the file cut short?');
  }
}

function json(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 160);
}
