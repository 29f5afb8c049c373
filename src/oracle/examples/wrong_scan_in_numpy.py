"""The same scan with D outside of the gate: `vectors check` names the mistake."""

import scan_in_numpy as right


def selective_scan(u, delta, A, B, C, D=None, z=None, delta_bias=None, delta_softplus=False):
    y, state = right.selective_scan(
        u, delta, A, B, C, z=z, delta_bias=delta_bias, delta_softplus=delta_softplus
    )
    return (y if D is None else y + D[:, None] * u), state


def selectiveScan(inputs, parameters):
    return right.selectiveScan(inputs, parameters, scan=selective_scan)
