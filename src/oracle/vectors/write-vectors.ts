/**
 * Cases as the three files of exported vectors. The same cases give the same bytes.
 */
import type { WritableTensor } from '../../checkpoint/index.ts';
import { safetensorsBytes } from '../../checkpoint/index.ts';
import { checksumOf, manifestChecksum } from './checksums.ts';
import type { Layout } from './layout.ts';
import { arrange, storedPlaces, toStored } from './layout.ts';
import type { ManifestCase, ManifestHeading, ManifestOutput, StoredShape } from './manifest.ts';
import { fileNames, manifestContent, manifestText } from './manifest.ts';
import type { VectorCase, VectorInput, VectorOutput } from './vector-case.ts';

/** The files by name. */
export async function vectorFiles(
  cases: Iterable<VectorCase>,
  heading: ManifestHeading,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const [inputs, expected]: [WritableTensor[], WritableTensor[]] = [[], []];
  const entries = Array.from(cases, (one): ManifestCase => {
    const { name, operation, note, narrow, narrowestState, parameters } = one;
    const store = new CaseStore(one, heading.layout);
    const result = {
      ...{ name, operation, note, narrow, ...(narrowestState && { narrowestState }), parameters },
      inputs: mapValues(one.inputs, (key, input) => store.input(key, input)),
      outputs: mapValues(one.outputs, (key, output) => store.output(key, output)),
    };
    inputs.push(...store.inputs);
    expected.push(...store.expected);
    return result;
  });
  const files = { inputs: safetensorsBytes(inputs), expected: safetensorsBytes(expected) };
  const sha256 = { inputs: await checksumOf(files.inputs), expected: await checksumOf(files.expected) };
  const content = manifestContent({ ...heading, sha256 }, entries);
  const signed = { ...content, sha256: { ...sha256, manifest: await manifestChecksum(content) } };
  return new Map([
    [fileNames.manifest, new TextEncoder().encode(manifestText(signed))],
    [fileNames.inputs, files.inputs],
    [fileNames.expected, files.expected],
  ]);
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, of: (key: string, value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(key, value)]));
}

/** Collects the tensors of one case. */
class CaseStore {
  readonly inputs: WritableTensor[] = [];
  readonly expected: WritableTensor[] = [];
  readonly #case: VectorCase;
  readonly #layout: Layout;

  constructor(one: VectorCase, layout: Layout) {
    this.#case = one;
    this.#layout = layout;
  }

  input(key: string, input: VectorInput): StoredShape & { readonly dtype: 'F32' | 'I64' } {
    const stored = this.#stored(key, input);
    const { data } = input;
    const ids = data instanceof Int32Array;
    const written = ids ? BigInt64Array.from(data, BigInt) : toStored(data, this.#places(input));
    this.inputs.push({ name: stored.tensor, shape: stored.shape, data: written });
    return { ...stored, dtype: ids ? 'I64' : 'F32' };
  }

  output(key: string, output: VectorOutput): ManifestOutput {
    const stored = this.#stored(key, output);
    const places = this.#places(output);
    this.expected.push({ name: stored.tensor, shape: stored.shape, data: toStored(output.value, places) });
    const written: [Float32Array, string][] = []; // both exps, and the state, may have the same scale
    const scaleTensor = (suffix: string, scale: Float64Array): string => {
      const single = Float32Array.from(scale); // 2^−24 of it, of the hundredth that factors leave
      const known = written.find(([other]) => other.every((value, i) => value === single[i]));
      if (known !== undefined) return known[1];
      const name = `${stored.tensor}:${suffix}`;
      const data = toStored(single, places);
      this.expected.push({ name, shape: stored.shape, data });
      written.push([single, name]);
      return name;
    };
    const { scale, state, factor, basis, optional } = output;
    return {
      ...stored,
      scale: { strict: scaleTensor('strict', scale.strict), gpu: scaleTensor('gpu', scale.gpu) },
      ...(state && { state: scaleTensor('state', state) }),
      ...{ factor, basis, ...(optional && { optional }) },
    };
  }

  #stored(key: string, tensor: VectorInput | VectorOutput): StoredShape {
    const { axes, shape } = arrange(tensor, this.#case.operation, this.#layout);
    const moved = axes.join() !== tensor.axes.join();
    return { tensor: `${this.#case.name}/${key}`, axes, shape, ...(moved && { ours: tensor.axes }) };
  }

  #places(tensor: VectorInput | VectorOutput): Uint32Array | undefined {
    return storedPlaces(tensor, this.#case.operation, this.#layout);
  }
}
