/**
 * Exported vectors, and what an implementation made of them, read back into our order of axes.
 */
import type { StoredTensor, TensorFile } from '../../checkpoint/index.ts';
import { CheckpointError, readTensor } from '../../checkpoint/index.ts';
import type { GivenOutput, GivenOutputs } from './compare-case.ts';
import type { Accumulation, Precision } from './declaration.ts';
import { units } from './declaration.ts';
import type { Arranged, Layout } from './layout.ts';
import { fromStored, storedPlaces } from './layout.ts';
import type { Manifest, ManifestCase, StoredShape } from './manifest.ts';
import type { VectorCase, VectorInput, VectorOperation, VectorOutput } from './vector-case.ts';

export interface VectorTensors {
  readonly inputs: TensorFile;
  readonly expected: TensorFile;
}

/** One case of a manifest with its numbers. @throws CheckpointError when a tensor is missing or has another shape */
export async function readCase({ layout }: Manifest, entry: ManifestCase, files: VectorTensors): Promise<VectorCase> {
  const { name, operation, note, narrow, narrowestState, parameters } = entry;
  const inputs: Record<string, VectorInput> = {};
  for (const [key, stored] of Object.entries(entry.inputs)) {
    const data = (await read(files.inputs, stored)) as Float32Array | BigInt64Array;
    const numbers = data instanceof BigInt64Array ? Int32Array.from(data, Number) : data;
    inputs[key] = inOurOrder(stored, numbers, operation, layout);
  }
  const outputs: Record<string, VectorOutput> = {};
  for (const [key, stored] of Object.entries(entry.outputs)) {
    const of = async (tensor: string) => {
      const data = Float64Array.from((await read(files.expected, { ...stored, tensor })) as Float64Array);
      return expectFinite(data, { file: files.expected.name, tensor }, tensor === stored.tensor ? -Infinity : 0);
    };
    const ours = (data: Float64Array) => inOurOrder(stored, data, operation, layout);
    const { data: value, ...arranged } = ours(await of(stored.tensor));
    const [strict, gpu] = [await of(stored.scale.strict), await of(stored.scale.gpu)];
    outputs[key] = {
      ...{ ...arranged, value, scale: { strict: ours(strict).data, gpu: ours(gpu).data } },
      ...(stored.state && { state: ours(await of(stored.state)).data }),
      ...{ factor: stored.factor, basis: stored.basis, ...(stored.optional && { optional: true }) },
    };
  }
  return { name, operation, note, narrow, ...(narrowestState && { narrowestState }), parameters, inputs, outputs };
}

/** Every value is finite, and no scale is negative. */
function expectFinite(data: Float64Array, where: { file: string; tensor: string }, least: number): Float64Array {
  const at = data.findIndex((value) => !(Number.isFinite(value) && value >= least));
  if (at >= 0) {
    const range = least === 0 ? 'scales that are finite and at least 0' : 'finite values';
    throw new CheckpointError(where, `expected ${range}, got ${data[at]} at ${at}`);
  }
  return data;
}

async function read(file: TensorFile, { tensor, shape }: StoredShape) {
  const found = file.tensors.get(tensor);
  if (found !== undefined && !sameShape(found.shape, shape)) {
    const problem = `expected shape [${shape.join(', ')}], as the manifest says, got [${found.shape.join(', ')}]`;
    throw new CheckpointError({ file: file.name, tensor }, problem);
  }
  return readTensor(file, tensor);
}

function inOurOrder<T extends Float32Array | Float64Array | Int32Array>(
  stored: StoredShape,
  data: T,
  operation: VectorOperation,
  layout: Layout,
): Arranged & { readonly data: T } {
  const { axes: storedAxes, shape: storedShape, ours: axes = storedAxes } = stored;
  const ours = { axes, shape: axes.map((axis) => storedShape[storedAxes.indexOf(axis)]!) };
  return { ...ours, data: fromStored(data, storedPlaces(ours, operation, layout)) };
}

const precisionOf: Readonly<Record<string, Precision>> = { F64: 'f64', F32: 'f32', F16: 'f16', BF16: 'bf16' };

/** What a results file holds for a case; where it holds nothing that can be compared, a sentence. */
export async function readResults(
  { layout }: Manifest,
  { operation, outputs }: ManifestCase,
  results: TensorFile,
  accumulation: Accumulation,
): Promise<GivenOutputs> {
  const given: Record<string, GivenOutput> = {};
  for (const [key, stored] of Object.entries(outputs)) {
    const tensor = results.tensors.get(stored.tensor);
    if (tensor === undefined && stored.optional) continue;
    const refused = refusal(tensor, stored, accumulation);
    if (refused !== undefined) {
      given[key] = refused;
      continue;
    }
    const data = Float64Array.from((await readTensor(results, stored.tensor)) as Float32Array);
    given[key] = { data: inOurOrder(stored, data, operation, layout).data, precision: precisionOf[tensor!.dtype]! };
  }
  return given;
}

function refusal(tensor: StoredTensor | undefined, { tensor: name, shape }: StoredShape, accumulation: Accumulation) {
  if (tensor === undefined) return `expected as tensor "${name}" in the results, got no such tensor`;
  const precision = precisionOf[tensor.dtype];
  if (precision === undefined) return `expected dtype F64, F32, F16 or BF16, got ${tensor.dtype}`;
  if (!sameShape(tensor.shape, shape)) {
    return `expected shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`;
  }
  if (accumulation === 'f64' && units[precision] > units.f64) {
    return `expected dtype F64, since f64 is declared, got ${tensor.dtype}`;
  }
  return undefined;
}

function sameShape(p: readonly number[], q: readonly number[]): boolean {
  return p.length === q.length && p.every((size, i) => size === q[i]);
}
