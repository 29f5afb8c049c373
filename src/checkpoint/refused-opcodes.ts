/**
 * Opcodes of pickles that no dictionary of tensors needs, by their names in CPython's Lib/pickletools.py: so that a
 * refusal says what was met. They are never carried out.
 */

const names: readonly (readonly [code: number | string, name: string])[] = [
  ...([
    ['0', 'POP'],
    ['1', 'POP_MARK'],
    ['2', 'DUP'],
    ['F', 'FLOAT'],
    ['G', 'BINFLOAT'],
    ['I', 'INT'],
  ] as const),
  ...([
    ['L', 'LONG'],
    ['P', 'PERSID'],
    ['S', 'STRING'],
    ['T', 'BINSTRING'],
    ['U', 'SHORT_BINSTRING'],
  ] as const),
  ...([
    ['V', 'UNICODE'],
    ['B', 'BINBYTES'],
    ['C', 'SHORT_BINBYTES'],
    ['a', 'APPEND'],
    ['e', 'APPENDS'],
  ] as const),
  ...([
    ['d', 'DICT'],
    ['l', 'LIST'],
    [']', 'EMPTY_LIST'],
    ['g', 'GET'],
    ['p', 'PUT'],
  ] as const),
  ...([
    ['i', 'INST'],
    ['o', 'OBJ'],
  ] as const),
  ...([
    [0x80, 'a second PROTO'],
    [0x81, 'NEWOBJ'],
    [0x82, 'EXT1'],
    [0x83, 'EXT2'],
    [0x84, 'EXT4'],
  ] as const),
  ...([
    [0x8b, 'LONG4'],
    [0x8d, 'BINUNICODE8'],
    [0x8e, 'BINBYTES8'],
    [0x8f, 'EMPTY_SET'],
  ] as const),
  ...([
    [0x90, 'ADDITEMS'],
    [0x91, 'FROZENSET'],
    [0x92, 'NEWOBJ_EX'],
    [0x96, 'BYTEARRAY8'],
  ] as const),
  ...([
    [0x97, 'NEXT_BUFFER'],
    [0x98, 'READONLY_BUFFER'],
  ] as const),
];

export const refusedOpcodes: ReadonlyMap<number, string> = new Map(
  names.map(([code, name]) => [typeof code === 'number' ? code : code.charCodeAt(0), name]),
);
