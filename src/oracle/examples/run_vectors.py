"""Runs your functions over the conformance vectors, and judges them with no code of mamba-ts.

    python3 run_vectors.py VECTORS RESULTS.safetensors my_module [--torch DEVICE] [--inputs DTYPE]

my_module has a function for each operation it offers, by its name in the manifest:

    def selectiveScan(inputs, parameters):      # arrays and numbers, by name
        return {'y': ..., 'hLast': ...}         # raise NotImplementedError for what you do not offer

The arrays are NumPy's, which is all it needs. With --torch they are PyTorch's, on that device, and with --inputs f16 or
bf16 of that dtype; cases that it cannot hold are left out. Results may be either's, on any device. Sums are taken to be
float32. Exits with 1 when something is outside of its budget.
"""

import argparse
import importlib
import json
import sys
from pathlib import Path

import numpy as np
from vector_files import load_file, numbers, save_file, stored


def budget(manifest, output, expected, exp='strict', accumulation='f32', dtype='f32'):
    """By how much each element may be off: the manifest's rule, for a state as wide as the sums."""
    u, floor, factor = manifest['u'], manifest['floor'], output['factor'][exp]
    scale = expected[output['scale'][exp]].astype(np.float64)
    allowed = factor * (u[accumulation] * scale + floor[accumulation][exp])
    if u[dtype] > u[accumulation]:
        allowed += u[dtype] * np.abs(expected[output['tensor']]) + floor[dtype][exp]
    return allowed


def worst(manifest, output, expected, dtype, array):
    """The worst error in units of its budget: above 1 is a failure."""
    value, got = expected[output['tensor']], numbers(dtype, array)
    if got.shape != value.shape:
        return np.inf
    exact = (got == value) | (np.isnan(got) & np.isnan(value))
    with np.errstate(all='ignore'):
        error = np.abs(got - value) / budget(manifest, output, expected, dtype=dtype.lower())
    error = np.where(exact, 0, np.where(np.isnan(error), np.inf, error))
    return float(error.max(initial=0))


def imported(name):
    """The module of that name, or an end in one line."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise SystemExit(f'expected the module {name} to be found, got: {error}') from error


def torch_taker(device, dtype):
    """What makes a PyTorch tensor of an array; token ids stay integers."""
    torch = imported('torch')
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise SystemExit(f'--torch expected a device that PyTorch has here, got {device}: {error}') from error
    floats = {'f32': torch.float32, 'f16': torch.float16, 'bf16': torch.bfloat16}[dtype]

    def take(array):
        tensor = torch.from_numpy(array.copy()).to(device)
        return tensor.to(floats) if tensor.is_floating_point() else tensor

    return take


def main(folder, results, module, take, narrow):
    if not (Path(folder) / 'manifest.json').is_file():
        raise SystemExit(f'expected a folder of `mamba-ts vectors export`, got {folder}, which has no manifest.json')
    manifest = json.loads((Path(folder) / 'manifest.json').read_text(encoding='utf-8'))
    inputs = load_file(Path(folder) / manifest['files']['inputs'])
    expected = load_file(Path(folder) / manifest['files']['expected'])
    functions = imported(module)
    tensors, failed, left = {}, 0, 0
    for case in manifest['cases']:
        function = getattr(functions, case['operation'], None)
        if function is None or (narrow and not case['narrow']):
            continue
        arguments = {name: take(inputs[entry['tensor']]) for name, entry in case['inputs'].items()}
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
            dtype, array = tensors[output['tensor']] = stored(given[name])
            error = worst(manifest, output, expected, dtype, array)
            if not error <= 1:
                failed += 1
                print(f'{case["name"]}: {name} is off by {error:.3g} budgets')
    save_file(tensors, results)
    print(f'{len(tensors)} outputs, {failed} outside of their budgets; {left} cases not offered')
    return 1 if failed > 0 or not tensors else 0


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description='Runs your functions over the conformance vectors, and judges them.')
    parser.add_argument('vectors', help='the folder of `mamba-ts vectors export`')
    parser.add_argument('results', help='a safetensors file to write')
    parser.add_argument('module', help='a module with a function for each operation that it offers')
    parser.add_argument('--torch', metavar='DEVICE', help='hand in PyTorch tensors on this device: cpu, cuda')
    parser.add_argument('--inputs', choices=['f32', 'f16', 'bf16'], default='f32', help='their dtype')
    asked = parser.parse_args()
    if asked.inputs != 'f32' and asked.torch is None:
        parser.error('--inputs expected with --torch')
    sys.path.insert(0, '.')
    take = np.asarray if asked.torch is None else torch_taker(asked.torch, asked.inputs)
    sys.exit(main(asked.vectors, asked.results, asked.module, take, asked.inputs != 'f32'))
