/**
 * What PyTorch writes into the pickle of a dictionary of tensors, and what each part of it means here.
 *
 *   OrderedDict { NAME: torch._utils._rebuild_tensor_v2(storage, offset, shape, stride, grad, hooks) }
 *   storage = persistent id ('storage', torch.FloatStorage, KEY, LOCATION, elements)
 *
 * Source: pytorch torch/serialization.py (persistent_id) and torch/_utils.py (_rebuild_tensor_v2). A state_dict carries
 * `_metadata`, the versions of its modules, as state of the OrderedDict; it is not looked at.
 */
import type { Dtype } from './dtype.ts';
import type { PickleOpaque, PickleRules, PickleValue } from './pickle-value.ts';
import { isTuple } from './pickle-value.ts';

export interface TorchStorage extends PickleOpaque {
  readonly what: 'a storage';
  readonly dtype: Dtype;
  /** The name of its data in the archive. */
  readonly key: string;
  readonly elements: number;
}

/** Element [i, j, …] is element offset + i·stride₀ + j·stride₁ + … of the storage. */
export interface TorchTensor extends PickleOpaque {
  readonly what: 'a tensor';
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

interface StorageType extends PickleOpaque {
  readonly dtype: Dtype;
}

const rebuildTensor: PickleOpaque = { what: 'torch._utils._rebuild_tensor_v2' };
const orderedDict: PickleOpaque = { what: 'collections.OrderedDict' };

const storageTypes: Readonly<Record<string, Dtype>> = {
  ...{ Double: 'F64', Float: 'F32', Half: 'F16', BFloat16: 'BF16' },
  ...{ Long: 'I64', Int: 'I32', Short: 'I16', Char: 'I8', Byte: 'U8', Bool: 'BOOL' },
};

/** All globals there are. A Map: no name of objects' own machinery is in it. */
const globals: ReadonlyMap<string, PickleOpaque> = new Map<string, PickleOpaque>([
  ['collections OrderedDict', orderedDict],
  ['torch._utils _rebuild_tensor_v2', rebuildTensor],
  ...Object.entries(storageTypes).map(([name, dtype]): [string, StorageType] => {
    return [`torch ${name}Storage`, { what: `torch.${name}Storage`, dtype }];
  }),
]);

export const torchRules: PickleRules = {
  global: (name) => globals.get(name),
  persistent: readStorage,
  call(callee, args) {
    if (callee === orderedDict) return args.length === 0 ? new Map() : undefined;
    return callee === rebuildTensor ? readTensorCall(args) : undefined;
  },
  takesState: (value, state) =>
    value instanceof Map && state instanceof Map && [...state.keys()].every((key) => key === '_metadata'),
};

function readStorage(id: PickleValue): TorchStorage | undefined {
  if (!isTuple(id) || id.length !== 5) return undefined;
  const [tag, type, key, location, elements] = id;
  if (tag !== 'storage' || typeof key !== 'string' || typeof location !== 'string') return undefined;
  if (!isStorageType(type) || !isSize(elements)) return undefined;
  return { what: 'a storage', dtype: type.dtype, key, elements };
}

/** The seventh argument, metadata, is there only for subclasses of tensors. */
function readTensorCall(args: readonly PickleValue[]): TorchTensor | undefined {
  const [storage, offset, shape, strides, , hooks] = args;
  if (args.length !== 6 || !(hooks === null || (hooks instanceof Map && hooks.size === 0))) return undefined;
  if (!isStorage(storage) || !isSize(offset) || !isSizes(shape) || !isSizes(strides)) return undefined;
  if (shape.length !== strides.length || shape.length > mostAxes) return undefined;
  return { what: 'a tensor', storage, offset, shape, strides };
}

/** Most axes of a tensor; PyTorch's own limit is 64. */
const mostAxes = 64;

export function isTorchTensor(value: PickleValue): value is TorchTensor {
  return isOpaque(value) && value.what === 'a tensor';
}

function isStorage(value: PickleValue | undefined): value is TorchStorage {
  return isOpaque(value) && value.what === 'a storage';
}

function isStorageType(value: PickleValue | undefined): value is StorageType {
  return isOpaque(value) && 'dtype' in value && !isStorage(value);
}

function isOpaque(value: PickleValue | undefined): value is PickleOpaque {
  return typeof value === 'object' && value !== null && 'what' in value;
}

function isSizes(value: PickleValue | undefined): value is readonly number[] {
  return isTuple(value) && value.every(isSize);
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
