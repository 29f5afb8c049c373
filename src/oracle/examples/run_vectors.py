"""Runs your functions over the conformance vectors, and judges them with no code of mamba-ts.

    python3 run_vectors.py VECTORS RESULTS.safetensors my_module

my_module has a function for each operation it offers, by its name in the manifest:

    def selectiveScan(inputs, parameters):      # NumPy arrays and numbers, by name
        return {'y': ..., 'hLast': ...}         # raise NotImplementedError for what you do not offer

NumPy is all it needs. Exits with 1 when something is outside of its budget.
"""

import importlib
import json
import struct
import sys
from pathlib import Path

import numpy as np

DTYPES = {'F64': np.float64, 'F32': np.float32, 'F16': np.float16, 'I64': np.int64}


def load_file(path):
    """{name: array} of a safetensors file; bfloat16, which NumPy does not have, as float32."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack('<Q', data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == '__metadata__':
            continue
        begin, end = (8 + length + offset for offset in entry['data_offsets'])
        if entry['dtype'] == 'BF16':
            tensor = (np.frombuffer(data[begin:end], '<u2').astype(np.uint32) << 16).view(np.float32)
        else:
            tensor = np.frombuffer(data[begin:end], np.dtype(DTYPES[entry['dtype']]).newbyteorder('<'))
        tensors[name] = tensor.reshape(entry['shape'])
    return tensors


def save_file(tensors, path):
    """Writes {name: array} as a safetensors file."""
    header, blocks, position = {}, [], 0
    names = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
    for name, tensor in tensors.items():
        block = np.ascontiguousarray(tensor).astype(tensor.dtype.newbyteorder('<')).tobytes()
        offsets = [position, position + len(block)]
        header[name] = {'dtype': names[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': offsets}
        blocks.append(block)
        position += len(block)
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    Path(path).write_bytes(struct.pack('<Q', len(text)) + text + b''.join(blocks))


def budget(manifest, output, expected, exp='strict', accumulation='f32', dtype='f32'):
    """By how much each element may be off: the manifest's rule, for a state as wide as the sums."""
    u, floor, factor = manifest['u'], manifest['floor'], output['factor'][exp]
    scale = expected[output['scale'][exp]].astype(np.float64)
    allowed = factor * (u[accumulation] * scale + floor[accumulation][exp])
    if u[dtype] > u[accumulation]:
        allowed += u[dtype] * np.abs(expected[output['tensor']]) + floor[dtype][exp]
    return allowed


def worst(manifest, output, expected, got):
    """The worst error in units of its budget: above 1 is a failure."""
    value = expected[output['tensor']]
    if got.shape != value.shape:
        return np.inf
    exact = (got == value) | (np.isnan(got) & np.isnan(value))
    with np.errstate(all='ignore'):
        error = np.abs(got.astype(np.float64) - value) / budget(manifest, output, expected)
    error = np.where(exact, 0, np.where(np.isnan(error), np.inf, error))
    return float(error.max(initial=0))


def main(folder, results, module):
    manifest = json.loads((Path(folder) / 'manifest.json').read_text(encoding='utf-8'))
    inputs = load_file(Path(folder) / manifest['files']['inputs'])
    expected = load_file(Path(folder) / manifest['files']['expected'])
    functions = importlib.import_module(module)
    tensors, failed, left = {}, 0, 0
    for case in manifest['cases']:
        function = getattr(functions, case['operation'], None)
        if function is None:
            continue
        arguments = {name: inputs[entry['tensor']] for name, entry in case['inputs'].items()}
        try:
            given = function(arguments, case['parameters'])
        except NotImplementedError:
            left += 1
            continue
        for name, output in case['outputs'].items():
            if name not in given:
                if not output.get('optional'):
                    failed += 1
                    print(f'{case["name"]}: {name} is not among the results')
                continue
            tensors[output['tensor']] = np.asarray(given[name])
            error = worst(manifest, output, expected, tensors[output['tensor']])
            if not error <= 1:
                failed += 1
                print(f'{case["name"]}: {name} is off by {error:.3g} budgets')
    save_file(tensors, results)
    print(f'{len(tensors)} outputs, {failed} outside of their budgets; {left} cases not offered')
    return 1 if failed > 0 or not tensors else 0


if __name__ == '__main__':
    if len(sys.argv) != 4:
        sys.exit('usage: run_vectors.py VECTORS RESULTS.safetensors MODULE')
    sys.path.insert(0, '.')
    sys.exit(main(*sys.argv[1:4]))
