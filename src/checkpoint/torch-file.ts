/**
 * PyTorch's files, pytorch_model.bin: a ZIP archive of stored entries, a pickle that says what the tensors are, and their
 * data.
 *
 *   ARCHIVE/data.pkl · ARCHIVE/data/KEY · ARCHIVE/byteorder ("little", may be absent) · others, which are not looked at
 */
import type { ByteSource } from './byte-source.ts';
import { CheckpointError, quote } from './checkpoint-error.ts';
import { dtypeBytes } from './dtype.ts';
import { readPickle } from './pickle.ts';
import { pickleWhat } from './pickle-value.ts';
import { describe } from './strict-json.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';
import type { TorchTensor } from './torch-pickle.ts';
import { isTorchTensor, torchRules } from './torch-pickle.ts';
import type { ZipEntry } from './zip.ts';
import { dataOffset, openZip } from './zip.ts';

/** Largest pickle; a dictionary of a thousand tensors has some 200 KB. */
const largestPickle = 2 ** 24;

/**
 * Reads what the file holds; no tensor is read, nothing in the pickle is run. Tensors may share data, as a tied head does.
 * @throws CheckpointError (as a rejection) when the file is no dictionary of contiguous tensors, or data is missing
 */
export async function openTorchFile(source: ByteSource): Promise<TensorFile> {
  const { name: file } = source;
  const entries = await openZip(source);
  const pickle = findPickle(file, entries);
  const archive = pickle.name.slice(0, -'data.pkl'.length);
  await expectLittleEndian(source, entries.get(`${archive}byteorder`));

  const bytes = await source.read(await dataOffset(source, pickle), pickle.size);
  const dictionary = readPickle(bytes, file, torchRules);
  if (!(dictionary instanceof Map)) {
    throw new CheckpointError({ file }, `expected a dictionary of tensors, got ${pickleWhat(dictionary)}`);
  }
  const tensors = new Map<string, StoredTensor>();
  const offsets = new Map<ZipEntry, number>();
  for (const [name, value] of dictionary) {
    const place = { file, tensor: name };
    if (name === '__proto__') throw new CheckpointError(place, 'expected another name, got one that changes objects');
    if (!isTorchTensor(value)) throw new CheckpointError(place, `expected a tensor, got ${pickleWhat(value)}`);
    const entry = findStorage(place, value, entries.get(`${archive}data/${value.storage.key}`));
    const start = offsets.get(entry) ?? (await dataOffset(source, entry));
    offsets.set(entry, start);
    tensors.set(name, { name, source, ...placeOf(place, value, start) });
  }
  return { name: file, dialect: 'pytorch', tensors };
}

function findPickle(file: string, entries: ReadonlyMap<string, ZipEntry>): ZipEntry {
  const [found, other] = [...entries.values()].filter(({ name }) => /^[^/]*\/data\.pkl$/.test(name));
  if (found === undefined || other !== undefined) {
    const got = found === undefined ? 'none' : 'several';
    throw new CheckpointError({ file }, `expected one data.pkl in the archive, as torch.save writes it, got ${got}`);
  }
  if (found.size <= largestPickle) return found;
  throw new CheckpointError({ file }, `expected data.pkl of at most ${largestPickle} bytes, got ${found.size}`);
}

async function expectLittleEndian(source: ByteSource, entry: ZipEntry | undefined): Promise<void> {
  if (entry === undefined) return; // before PyTorch 2.1
  const bytes = await source.read(await dataOffset(source, entry), Math.min(entry.size, 16));
  const order = new TextDecoder().decode(bytes);
  if (order === 'little') return;
  throw new CheckpointError({ file: source.name }, `expected byteorder "little", got ${quote(order)}`);
}

type TensorPlace = { readonly file: string; readonly tensor: string };

/** The entry of a tensor's storage, which must have just the bytes that the pickle says. */
function findStorage(place: TensorPlace, { storage }: TorchTensor, entry: ZipEntry | undefined): ZipEntry {
  const { key, dtype, elements } = storage;
  const expected = `${elements} elements of ${dtype} in ${quote(`data/${key}`)}`;
  if (entry === undefined) throw new CheckpointError(place, `expected ${expected}, got no such entry`);
  if (entry.size === elements * dtypeBytes[dtype]) return entry;
  throw new CheckpointError(place, `expected ${expected}, got ${entry.size} bytes`);
}

/** Where a tensor's bytes lie, in a storage that begins at `start`. */
function placeOf(place: TensorPlace, { storage, offset, shape, strides }: TorchTensor, start: number) {
  const { dtype, elements } = storage;
  const length = shape.reduce((product, size) => product * size, 1);
  if (!(length <= elements && offset <= elements - length)) {
    const got = `${describe(shape)} from element ${offset} of ${elements}`;
    throw new CheckpointError(place, `expected a tensor inside its storage, got ${got}`);
  }
  expectContiguous(place, shape, strides, length);
  const begin = start + offset * dtypeBytes[dtype];
  return { dtype, shape, begin, end: begin + length * dtypeBytes[dtype] };
}

/** Each stride is the product of the sizes behind it; that of an axis of size 1 does not matter. */
function expectContiguous(
  place: TensorPlace,
  shape: readonly number[],
  strides: readonly number[],
  length: number,
): void {
  if (length === 0) return;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) {
      const got = `strides ${describe(strides)} with shape ${describe(shape)}; save it with .contiguous()`;
      throw new CheckpointError(place, `expected a contiguous tensor, got ${got}`);
    }
    expected *= shape[axis]!;
  }
}
