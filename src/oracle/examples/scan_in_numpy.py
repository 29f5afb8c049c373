"""A selective scan with the arguments of state-spaces' selective_scan_ref, checked as an example.

It takes upstream's layout: `vectors export VECTORS --layout upstream`. Like upstream it has no initial state, no packed
sequences and no zero-order hold for B; those cases are not offered.
"""

import numpy as np


def selective_scan(u, delta, A, B, C, D=None, z=None, delta_bias=None, delta_softplus=False):
    """u, delta, z (batch, dim, length); A (dim, state); B, C (dim, state) or (batch, groups, state, length)."""
    dtype = u.dtype
    if delta_bias is not None:
        delta = delta + delta_bias[:, None]
    if delta_softplus:
        delta = softplus(delta)
    batch, dim, length = u.shape
    state = np.zeros((batch, dim, A.shape[1]), np.result_type(A, dtype))
    y = np.zeros((batch, dim, length), dtype)
    for t in range(length):
        b, c = row(B, t, dim), row(C, t, dim)
        decay = np.exp(delta[:, :, t, None] * A)
        state = decay * state + (delta[:, :, t, None] * u[:, :, t, None]) * b
        products = c * state
        total = products.sum(axis=-1)
        y[:, :, t] = 2 * total.real if np.iscomplexobj(A) else total
    return finish(y, u, D, z), state


def row(coefficients, t, dim):
    """What token t reads: the same for every token, or its group's, repeated for the channels of the group."""
    if coefficients.ndim == 2:
        return coefficients
    return np.repeat(coefficients[:, :, :, t], dim // coefficients.shape[1], axis=1)


def softplus(x):
    one = x.dtype.type(1)
    return np.where(x > 20, x, np.log1p(np.exp(np.minimum(x, 20 * one))))


def silu(x):
    return x / (1 + np.exp(-x))


def finish(y, u, D, z):
    """D is inside the gate."""
    if D is not None:
        y = y + D[:, None] * u
    return y if z is None else y * silu(z)


def selectiveScan(inputs, parameters, scan=selective_scan):
    """The adapter: names and complex numbers as upstream has them."""
    if inputs['x'].ndim != 3:
        shape = inputs['x'].shape
        raise SystemExit(f'x expected as (batch, dim, length), got {shape}: export with --layout upstream')
    offered = 'h0' not in inputs and len(parameters['cuSeqlens']) == 2 and parameters['by'] == 'sequence'
    if not offered or parameters['discretization'] != 'mamba':
        raise NotImplementedError
    A, B, C = inputs['A'], inputs['B'], inputs['C']
    if parameters['complex']:
        A, B, C = (whole(tensor) for tensor in (A, B, C))
    y, state = scan(
        inputs['x'], inputs['delta'], A, B, C,
        D=inputs.get('D'), z=inputs.get('z'), delta_bias=inputs.get('deltaBias'),
        delta_softplus=parameters['softplus'],
    )  # fmt: skip
    return {'y': y, 'hLast': halves(state) if parameters['complex'] else state}


def whole(tensor):
    """(…, re_im) as complex numbers."""
    return (tensor[..., 0] + 1j * tensor[..., 1]).astype(np.complex64)


def halves(tensor):
    return np.stack([tensor.real, tensor.imag], axis=-1)
