"""safetensors files, for arrays of NumPy and tensors of PyTorch: what run_vectors.py reads and writes."""

import json
import struct
from pathlib import Path

import numpy as np

DTYPES = {'F64': np.float64, 'F32': np.float32, 'F16': np.float16, 'I64': np.int64}
RESULTS = ['F64', 'F32', 'F16']


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


def stored(result):
    """(dtype's name, array) of a result: bfloat16, which NumPy does not have, as its bits."""
    if hasattr(result, 'detach'):  # PyTorch's
        result = result.detach().cpu().contiguous()
        if str(result.dtype) == 'torch.bfloat16':
            import torch

            return 'BF16', result.view(torch.int16).numpy()
        result = result.numpy()
    array = np.asarray(result)
    names = {np.dtype(DTYPES[name]): name for name in RESULTS}
    if array.dtype not in names:
        raise SystemExit(f'results expected as {", ".join(RESULTS)} or BF16, got {array.dtype}')
    return names[array.dtype], array


def numbers(dtype, array):
    """What a stored array means, in float64."""
    if dtype == 'BF16':
        array = (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return array.astype(np.float64)


def save_file(tensors, path):
    """Writes {name: (dtype's name, array)} as a safetensors file."""
    header, blocks, position = {}, [], 0
    for name, (dtype, array) in tensors.items():
        block = np.ascontiguousarray(array).astype(array.dtype.newbyteorder('<')).tobytes()
        offsets = [position, position + len(block)]
        header[name] = {'dtype': dtype, 'shape': list(array.shape), 'data_offsets': offsets}
        blocks.append(block)
        position += len(block)
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    Path(path).write_bytes(struct.pack('<Q', len(text)) + text + b''.join(blocks))
