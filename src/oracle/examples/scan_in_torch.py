"""A selective scan of PyTorch tensors, on any device, with the arguments of state-spaces' selective_scan_ref.

It takes upstream's layout: `vectors export VECTORS --layout upstream`. Sums and states are float32 whatever the inputs
are, y has the dtype of u, and the state stays float32. Like upstream it has no initial state, no packed sequences and no
zero-order hold for B; those cases are not offered.
"""

import torch
from torch.nn.functional import silu, softplus


def selective_scan(u, delta, A, B, C, D=None, z=None, delta_bias=None, delta_softplus=False):
    """u, delta, z (batch, dim, length); A (dim, state); B, C (dim, state) or (batch, groups, state, length)."""
    dtype = u.dtype
    u, delta, A, B, C = (widened(tensor) for tensor in (u, delta, A, B, C))
    if delta_bias is not None:
        delta = delta + widened(delta_bias)[:, None]
    if delta_softplus:
        delta = softplus(delta)  # x above its default threshold of 20
    batch, dim, length = u.shape
    state = torch.zeros(batch, dim, A.shape[1], dtype=A.dtype, device=u.device)
    y = torch.zeros_like(u)
    for t in range(length):
        b, c = row(B, t, dim), row(C, t, dim)
        step = delta[:, :, t, None]
        state = torch.exp(step * A) * state + (step * u[:, :, t, None]) * b
        total = (c * state).sum(dim=-1)
        y[:, :, t] = 2 * total.real if A.is_complex() else total
    if D is not None:
        y = y + widened(D)[:, None] * u
    if z is not None:
        y = y * silu(widened(z))
    return y.to(dtype), state


def widened(tensor):
    """float16 and bfloat16 as float32."""
    return tensor if tensor.is_complex() else tensor.float()


def row(coefficients, t, dim):
    """What token t reads: the same for every token, or its group's, repeated for the channels of the group."""
    if coefficients.dim() == 2:
        return coefficients
    return coefficients[:, :, :, t].repeat_interleave(dim // coefficients.shape[1], dim=1)


def selectiveScan(inputs, parameters):
    """The adapter: names and complex numbers as upstream has them."""
    if inputs['x'].dim() != 3:
        shape = tuple(inputs['x'].shape)
        raise SystemExit(f'x expected as (batch, dim, length), got {shape}: export with --layout upstream')
    offered = 'h0' not in inputs and len(parameters['cuSeqlens']) == 2 and parameters['by'] == 'sequence'
    if not offered or parameters['discretization'] != 'mamba':
        raise NotImplementedError
    A, B, C = inputs['A'], inputs['B'], inputs['C']
    if parameters['complex']:
        A, B, C = (torch.view_as_complex(tensor.float().contiguous()) for tensor in (A, B, C))
    y, state = selective_scan(
        inputs['x'], inputs['delta'], A, B, C,
        D=inputs.get('D'), z=inputs.get('z'), delta_bias=inputs.get('deltaBias'),
        delta_softplus=parameters['softplus'],
    )  # fmt: skip
    return {'y': y, 'hLast': torch.view_as_real(state) if parameters['complex'] else state}
