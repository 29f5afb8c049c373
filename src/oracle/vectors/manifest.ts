/**
 * manifest.json: what the files of exported vectors hold, for readers in any language. docs/check-your-backend.md
 * describes every field; a change of meaning is a new version.
 */
import { CheckpointError } from '../../checkpoint/index.ts';
import { budgetRule, floors, units } from './declaration.ts';
import type { Layout } from './layout.ts';
import { layouts } from './layout.ts';
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
  readonly cases: readonly ManifestCase[];
}

export type ManifestHeading = Pick<Manifest, 'seed' | 'size' | 'layout'>;

/** The text of the file, a case a line. */
export function manifestText(heading: ManifestHeading, cases: readonly ManifestCase[]): string {
  const head = {
    ...{ format: manifestFormat, version: manifestVersion, ...heading, files: fileNames },
    ...{ budget: budgetRule, u: units, floor: floors, operations: operationTexts },
  };
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
  if (!(Array.isArray(manifest.cases) && manifest.cases.every(isCase))) {
    throw new CheckpointError(
      { file },
      'expected "cases": a list of cases with inputs and outputs, got something else',
    );
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

function isCase(one: Partial<ManifestCase> | null): boolean {
  if (typeof one?.name !== 'string' || typeof one.operation !== 'string') return false;
  if (!Object.hasOwn(operationTexts, one.operation)) return false;
  const stored = (tensors: unknown) =>
    typeof tensors === 'object' && tensors !== null && Object.values(tensors).every(isStored);
  return stored(one.inputs) && stored(one.outputs) && Object.values(one.outputs!).every(hasBudget);
}

function isStored(tensor: Partial<StoredShape> | null): boolean {
  const { tensor: name, axes, shape, ours = axes } = tensor ?? {};
  const lists = Array.isArray(axes) && Array.isArray(shape) && Array.isArray(ours);
  return typeof name === 'string' && lists && axes.length === shape.length && ours.every((axis) => axes.includes(axis));
}

function hasBudget({ scale, factor }: Partial<ManifestOutput>): boolean {
  const both = (kind: string, pair: unknown) =>
    typeof pair === 'object' &&
    pair !== null &&
    ['strict', 'gpu'].every((exp) => typeof Reflect.get(pair, exp) === kind);
  return both('string', scale) && both('number', factor);
}

function json(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
