/**
 * pytorch_model.bin as torch.save writes a state_dict: the layout in PyTorch's torch/serialization.py, the opcodes in the
 * order of CPython's pickler for protocol 2, memos and metadata included.
 */
import type { Bytes } from './bytes.ts';
import { joined, utf8 } from './bytes.ts';
import { op } from './pickle-assembler.ts';
import type { ZipWriting } from './zip-writer.ts';
import { zipBytes } from './zip-writer.ts';

export interface TorchParts {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  /** Default `Float`. */
  readonly storage?: 'Float' | 'Half' | 'BFloat16' | 'Double' | 'Long';
  /** The name of another tensor whose data this one shares. */
  readonly sharing?: string;
}

const sizes = { Float: 4, Half: 2, BFloat16: 2, Double: 8, Long: 8 } as const;

export function torchBytes(tensors: readonly TorchParts[], writing: ZipWriting = { zip64: true }): Uint8Array {
  const own = tensors.filter(({ sharing }) => sharing === undefined);
  return zipBytes(
    [
      { name: 'archive/data.pkl', data: statePickle(tensors) },
      { name: 'archive/byteorder', data: utf8('little') },
      ...own.map(({ name, data }) => ({ name: `archive/data/${keyOf(tensors, name)}`, data })),
      { name: 'archive/version', data: utf8('3\n') },
      { name: 'archive/.data/serialization_id', data: utf8('0'.repeat(40)) },
    ],
    writing,
  );
}

/** Storages are numbered in the order in which they are met. */
function keyOf(tensors: readonly TorchParts[], name: string): string {
  return String(tensors.filter(({ sharing }) => sharing === undefined).findIndex((tensor) => tensor.name === name));
}

export function statePickle(tensors: readonly TorchParts[]): Uint8Array {
  const memo = new Memo();
  const pieces: Bytes[] = [
    op.proto(2),
    memo.global('collections', 'OrderedDict'),
    op.emptyTuple,
    op.reduce,
    memo.put(),
  ];
  pieces.push(op.mark);
  for (const tensor of tensors) pieces.push(op.text(tensor.name), memo.put(), ...tensorPieces(memo, tensors, tensor));
  pieces.push(op.setItems);
  const metadata = [memo.global('collections', 'OrderedDict'), op.emptyTuple, op.reduce, memo.put()];
  const version = [op.emptyDict, memo.put(), op.text('version'), memo.put(), op.byte(1), op.setItem];
  pieces.push(op.emptyDict, memo.put(), op.text('_metadata'), memo.put(), ...metadata);
  pieces.push(op.text(''), memo.put(), ...version, op.setItem, op.setItem, op.build, op.stop);
  return joined(pieces);
}

function tensorPieces(memo: Memo, tensors: readonly TorchParts[], tensor: TorchParts): Bytes[] {
  const { name, shape, data, storage = 'Float', sharing } = tensor;
  const source = sharing === undefined ? data : tensors.find((other) => other.name === sharing)!.data;
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
  return [
    ...[memo.global('torch._utils', '_rebuild_tensor_v2'), op.mark, op.mark, memo.text('storage')],
    ...[memo.global('torch', `${storage}Storage`), op.text(keyOf(tensors, sharing ?? name)), memo.put()],
    ...[memo.text('cpu'), op.int(source.length / sizes[storage]), op.tuple, memo.put(), op.persistent],
    ...[op.byte(0), ...tuplePieces(memo, shape), ...tuplePieces(memo, strides), op.newFalse],
    ...[memo.global('collections', 'OrderedDict'), op.emptyTuple, op.reduce, memo.put()],
    ...[op.tuple, memo.put(), op.reduce, memo.put()],
  ];
}

function tuplePieces(memo: Memo, values: readonly number[]): Bytes[] {
  const numbers = values.map((value) =>
    value < 256 ? op.byte(value) : value < 65536 ? op.short(value) : op.int(value),
  );
  if (values.length === 0) return [op.emptyTuple];
  if (values.length > 3) return [op.mark, ...numbers, op.tuple, memo.put()];
  return [...numbers, [op.tuple1, op.tuple2, op.tuple3][values.length - 1]!, memo.put()];
}

/** Numbers memos, and fetches what was written before. */
class Memo {
  #count = 0;
  readonly #known = new Map<string, number>();

  put(): Bytes {
    const index = this.#count++;
    return index < 256 ? op.put(index) : op.longPut(index);
  }

  global(module: string, name: string): Bytes {
    return this.#once(`${module} ${name}`, op.global(module, name));
  }

  text(text: string): Bytes {
    return this.#once(text, op.text(text));
  }

  #once(key: string, piece: Bytes): Bytes {
    const known = this.#known.get(key);
    if (known !== undefined) return known < 256 ? op.get(known) : op.longGet(known);
    this.#known.set(key, this.#count);
    return joined([piece, this.put()]);
  }
}
