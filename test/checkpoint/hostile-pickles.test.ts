import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { CheckpointError } from '../../src/checkpoint/checkpoint-error.ts';
import { openTorchFile } from '../../src/checkpoint/torch-file.ts';
import type { Bytes } from './bytes.ts';
import { joined, u32, u64, utf8 } from './bytes.ts';
import { op, pickle } from './pickle-assembler.ts';
import { zipBytes } from './zip-writer.ts';

/** What a file with this pickle, and one storage of 4 float32, is opened as. */
function open(data: Uint8Array) {
  const entries = [
    { name: 'm/data.pkl', data },
    { name: 'm/data/0', data: new Uint8Array(16) },
  ];
  return openTorchFile(bytesSource('evil.bin', zipBytes(entries)));
}

interface Numbers {
  readonly key?: string;
  readonly elements?: Bytes;
  readonly offset?: Bytes;
  readonly shape?: readonly Bytes[];
  readonly strides?: readonly Bytes[];
  readonly type?: Bytes;
  readonly location?: Bytes;
  readonly hooks?: readonly Bytes[];
}

const ordered = op.global('collections', 'OrderedDict');
const rebuild = op.global('torch._utils', '_rebuild_tensor_v2');
const tupleOf = (values: readonly Bytes[]) => [op.mark, ...values, op.tuple];

/** The pieces of one tensor, (2, 2) of a storage of 4, unless it lies. */
function tensor(lies: Numbers = {}): Bytes[] {
  const { key = '0', elements = op.byte(4), offset = op.byte(0), type = op.global('torch', 'FloatStorage') } = lies;
  const { shape = [op.byte(2), op.byte(2)], strides = [op.byte(2), op.byte(1)], location = op.text('cpu') } = lies;
  const { hooks = [ordered, op.emptyTuple, op.reduce] } = lies;
  const id = [...tupleOf([op.text('storage'), type, op.text(key), location, elements]), op.persistent];
  return [
    rebuild,
    ...tupleOf([...id, offset, ...tupleOf(shape), ...tupleOf(strides), op.newFalse, ...hooks]),
    op.reduce,
  ];
}

/** A dictionary { w: value }. */
function dictionary(...value: readonly Bytes[]): Uint8Array {
  return pickle(op.emptyDict, op.text('w'), ...value, op.setItem);
}

const minus1 = op.int(0xffffffff);
const huge = op.long1(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f);
const call = (module: string, name: string, ...args: readonly Bytes[]) =>
  pickle(op.global(module, name), ...tupleOf(args), op.reduce);
const repeated = (count: number, piece: Bytes) => joined(Array.from({ length: count }, () => piece));

/** Each pickle, and what its refusal says. */
const hostile: Readonly<Record<string, readonly [data: Uint8Array, message: string]>> = {
  'posix.system': [call('posix', 'system', op.text('touch /tmp/owned')), 'the global "posix.system"; nothing was run'],
  'os.system': [call('os', 'system', op.text('id')), 'the global "os.system"'],
  'nt.system': [call('nt', 'system', op.text('dir')), 'the global "nt.system"'],
  'subprocess.Popen': [call('subprocess', 'Popen', op.text('id')), 'the global "subprocess.Popen"'],
  '__builtin__.eval': [call('__builtin__', 'eval', op.text('1')), 'the global "__builtin__.eval"'],
  'builtins.exec': [call('builtins', 'exec', op.text('1')), 'the global "builtins.exec"'],
  'builtins.getattr': [call('builtins', 'getattr', ordered, op.text('x')), 'the global "builtins.getattr"'],
  'torch.load': [call('torch', 'load', op.text('x')), 'the global "torch.load"'],
  'torch._utils._rebuild_parameter': [call('torch._utils', '_rebuild_parameter'), '_rebuild_parameter'],
  'a global by the names of objects': [call('constructor', 'prototype'), 'the global "constructor.prototype"'],
  'a global named __proto__': [pickle(utf8('c__proto__\n__proto__\n')), 'the global "__proto__.__proto__"'],
  'a global of dotted path': [pickle(op.global('collections', 'OrderedDict.__class__')), 'OrderedDict.__class__'],
  'a global with a space': [pickle(op.global('collections OrderedDict', '')), 'the global'],
  'an endless global': [pickle([0x63], utf8('a'.repeat(5000))), 'a name of less than 256 bytes'],
  'a stacked global': [pickle(op.shortText('os'), op.shortText('system'), op.stackGlobal), 'the global "os.system"'],
  'a stacked global of no texts': [pickle(op.byte(1), op.none, op.stackGlobal), 'two texts, got 1 and None'],
  'a key __proto__': [pickle(op.emptyDict, op.text('__proto__'), ...tensor(), op.setItem), 'one that changes objects'],
  'a key twice': [
    pickle(op.emptyDict, op.mark, op.text('w'), ...tensor(), op.text('w'), ...tensor(), op.setItems),
    'different keys, got "w" twice',
  ],
  'a key that is a number': [pickle(op.emptyDict, op.byte(1), op.none, op.setItem), 'a text as a key, got 1'],
  'a dictionary in itself': [
    pickle(op.emptyDict, op.put(0), op.text('w'), op.get(0), op.setItem),
    'expected a tensor, got a dictionary',
  ],
  'a memo never written': [pickle(op.get(7)), 'a memo written before, got 7'],
  'a memo beyond all bounds': [pickle(op.longGet(0xffffffff)), 'a memo written before, got 4294967295'],
  'a memo written beyond all bounds': [pickle(op.none, op.longPut(0xffffffff)), 'memos below 262144, got 4294967295'],
  'a memo of nothing': [pickle(op.put(0)), 'a value on the stack, got none'],
  'LONG1 of 255 bytes': [dictionary(op.long1(...new Uint8Array(255).fill(0x7f))), 'at most 8 bytes, got 255'],
  'LONG1 beyond 2^53': [dictionary(op.long1(0, 0, 0, 0, 0, 0, 0, 0x40)), 'an integer below 2^53'],
  'LONG4 of 2 GB': [pickle([0x8b], u32(0x7fffffff)), 'LONG4; nothing was run'],
  'BINUNICODE of 4 GB': [pickle([0x58], u32(0xffffffff)), 'expected 4294967295 bytes more, got 1'],
  'BINUNICODE8 of 2^63 bytes': [pickle([0x8d], u64(2n ** 63n)), 'BINUNICODE8; nothing was run'],
  'BINBYTES8 of 2^64 bytes': [pickle([0x8e], u64(2n ** 64n - 1n)), 'BINBYTES8; nothing was run'],
  BYTEARRAY8: [pickle([0x96], u64(2n ** 40n)), 'BYTEARRAY8; nothing was run'],
  'text that is not UTF-8': [pickle([0x8c, 1, 0xff]), 'text in UTF-8, got bytes that are not'],
  'a frame beyond the end': [joined([op.proto(4), op.frame(2n ** 64n - 1n), op.none, op.stop]), 'bytes more, got 2'],
  'marks in marks': [pickle(repeated(1000, op.mark)), 'at most 64 marks'],
  'a stack of 10,000 values': [pickle(repeated(10_000, op.none)), 'at most 4096 values'],
  '40,000 dictionaries': [
    pickle(repeated(10, joined([op.mark, repeated(4000, op.emptyDict), op.tuple]))),
    'at most 32768 objects, got more',
  ],
  'tuples in tuples': [pickle(op.none, repeated(100_000, op.tuple1)), 'a dictionary of tensors, got a tuple of 1'],
  'too many instructions': [pickle(op.none, repeated(2 ** 18, op.tuple1)), 'at most 262144 instructions, got more'],
  'REDUCE of a text': [pickle(op.text('system'), op.emptyTuple, op.reduce), 'got a text with a tuple of 0'],
  'REDUCE of a tensor': [pickle(...tensor(), op.emptyTuple, op.reduce), 'got a tensor with a tuple of 0'],
  'REDUCE of a storage type': [
    pickle(op.global('torch', 'FloatStorage'), op.emptyTuple, op.reduce),
    'got torch.FloatStorage with a tuple of 0',
  ],
  'REDUCE of an OrderedDict with pairs': [
    pickle(ordered, op.none, op.tuple1, op.reduce),
    'got collections.OrderedDict with a tuple of 1',
  ],
  'REDUCE without a tuple': [pickle(ordered, op.none, op.reduce), 'got collections.OrderedDict with None'],
  'BUILD of a tensor': [pickle(...tensor(), op.emptyDict, op.build), 'got a state for a tensor'],
  'BUILD of a dictionary with attributes': [
    pickle(op.emptyDict, op.emptyDict, op.text('__class__'), op.none, op.setItem, op.build),
    'got a state for a dictionary',
  ],
  'BUILD with slots': [pickle(op.emptyDict, op.none, op.none, op.tuple2, op.build), 'got a state for a dictionary'],
  EXT1: [pickle([0x82, 1]), 'EXT1; nothing was run'],
  EXT2: [pickle([0x83, 1, 0]), 'EXT2; nothing was run'],
  EXT4: [pickle([0x84, 1, 0, 0, 0]), 'EXT4; nothing was run'],
  INST: [pickle(op.mark, utf8('ios\nsystem\n')), 'INST; nothing was run'],
  OBJ: [pickle(op.mark, ordered, utf8('o')), 'OBJ; nothing was run'],
  NEWOBJ: [pickle(ordered, op.emptyTuple, [0x81]), 'NEWOBJ; nothing was run'],
  NEWOBJ_EX: [pickle(ordered, op.emptyTuple, op.emptyDict, [0x92]), 'NEWOBJ_EX; nothing was run'],
  PERSID: [pickle(utf8('Pid\n')), 'PERSID; nothing was run'],
  'a list': [pickle(op.emptyList), 'EMPTY_LIST; nothing was run'],
  DUP: [pickle(op.none, utf8('2')), 'DUP; nothing was run'],
  POP: [pickle(op.none, utf8('0')), 'POP; nothing was run'],
  'a second PROTO': [pickle(op.proto(2)), 'a second PROTO; nothing was run'],
  'an opcode that there is not': [pickle([0xff]), 'no opcode (255); nothing was run'],
  'no STOP': [joined([op.proto(2), op.emptyDict]), 'expected 1 bytes more, got 0'],
  'two STOPs': [pickle(op.emptyDict, op.stop), 'the end of the pickle, got 1 bytes more'],
  'two values at STOP': [pickle(op.emptyDict, op.emptyDict), 'one value at the end, got 1 more'],
  'a mark at STOP': [pickle(op.emptyDict, op.mark, op.emptyDict), 'got 2 more'],
  'nothing at STOP': [pickle(), 'a value on the stack, got none'],
  'a pop below a mark': [pickle(op.none, op.none, op.mark, op.tuple2), 'a value on the stack, got none'],
  'a TUPLE without a mark': [pickle(op.none, op.tuple), 'a mark on the stack, got none'],
  'SETITEM into nothing': [pickle(op.none, op.text('a'), op.none, op.setItem), 'a dictionary on the stack, got None'],
  'SETITEMS of an odd number': [pickle(op.emptyDict, op.mark, op.text('a'), op.setItems), 'got 1 of them'],
  'protocol 0': [utf8("cposix\nsystem\n(S'id'\ntR."), 'protocol 2, 3, 4 or 5, got none of those'],
  'protocol 1': [joined([op.proto(1), op.emptyDict, op.stop]), 'protocol 2, 3, 4 or 5, got protocol 1'],
  'protocol 6': [joined([op.proto(6), op.emptyDict, op.stop]), 'protocol 2, 3, 4 or 5, got protocol 6'],
  'an empty pickle': [new Uint8Array(0), 'protocol 2, 3, 4 or 5, got none of those'],
  'one tensor, no dictionary': [pickle(...tensor()), 'a dictionary of tensors, got a tensor'],
  'a dictionary of texts': [dictionary(op.text('x')), 'expected a tensor, got a text'],
  'a storage in place of a tensor': [dictionary(op.global('torch', 'FloatStorage')), 'got torch.FloatStorage'],
  'a storage of no archive': [dictionary(...tensor({ key: '1' })), '4 elements of F32 in "data/1", got no such entry'],
  'a storage of a name with a line break, as a mutant had it': [
    dictionary(...tensor({ key: '\n' })),
    '4 elements of F32 in "data/\\n", got no such entry',
  ],
  'a storage by a path': [dictionary(...tensor({ key: '../data.pkl' })), 'got no such entry'],
  'a storage longer than its data': [dictionary(...tensor({ elements: op.byte(5) })), 'got 16 bytes'],
  'a storage shorter than its data': [dictionary(...tensor({ elements: op.byte(3) })), 'got 16 bytes'],
  'a storage of another type': [dictionary(...tensor({ type: op.global('torch', 'DoubleStorage') })), 'got 16 bytes'],
  'a storage of 2^53 − 1 elements': [dictionary(...tensor({ elements: huge })), '9007199254740991 elements'],
  'a storage of −1 elements': [dictionary(...tensor({ elements: minus1 })), "a storage's id, got a tuple of 5"],
  'a storage of no type': [dictionary(...tensor({ type: op.text('Float') })), "a storage's id, got a tuple of 5"],
  'a storage of a function': [dictionary(...tensor({ type: rebuild })), "a storage's id, got a tuple of 5"],
  'a storage without a place': [dictionary(...tensor({ location: op.none })), "a storage's id, got a tuple of 5"],
  'a persistent id that is a text': [pickle(op.text('storage'), op.persistent), "a storage's id, got a text"],
  'an offset beyond the end': [dictionary(...tensor({ offset: op.byte(1) })), 'from element 1 of 4'],
  'an offset below 0': [dictionary(...tensor({ offset: minus1 })), 'with a tuple of 6'],
  'an offset of 2^53 − 1': [dictionary(...tensor({ offset: huge })), 'from element 9007199254740991 of 4'],
  'negative strides': [dictionary(...tensor({ strides: [op.byte(2), minus1] })), 'with a tuple of 6'],
  'a transposed tensor': [dictionary(...tensor({ strides: [op.byte(1), op.byte(2)] })), 'a contiguous tensor'],
  'one number 2^53 times': [
    dictionary(...tensor({ shape: [huge], strides: [op.byte(0)] })),
    'inside its storage, got [9007199254740991]',
  ],
  'a product of sizes beyond float64': [
    dictionary(...tensor({ shape: [huge, huge], strides: [op.byte(0), op.byte(0)] })),
    'inside its storage',
  ],
  'overlapping rows': [dictionary(...tensor({ strides: [op.byte(0), op.byte(1)] })), 'a contiguous tensor'],
  'sizes that are no numbers': [dictionary(...tensor({ shape: [op.none, op.byte(2)] })), 'with a tuple of 6'],
  'fewer strides than sizes': [dictionary(...tensor({ strides: [op.byte(1)] })), 'with a tuple of 6'],
  hooks: [
    dictionary(...tensor({ hooks: [op.emptyDict, op.text('h'), ordered, op.setItem] })),
    'a call that makes a tensor',
  ],
};

describe('hostile pickles', () => {
  it.each(Object.entries(hostile))('are refused: %s', async (_, [data, message]) => {
    const error = await open(data).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as CheckpointError).message).toContain(message);
    expect((error as CheckpointError).message).toMatch(/^evil\.bin: [^\n]+$/);
    expect((error as CheckpointError).message.length).toBeLessThan(400);
  });

  it('differ from this one, which is taken', async () => {
    const { tensors } = await open(dictionary(...tensor()));
    expect([...tensors.keys()]).toEqual(['w']);
    expect(Object.keys(hostile).length).toBeGreaterThanOrEqual(30);
  });

  it('have changed no prototype', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).w).toBe(undefined);
  });
});
