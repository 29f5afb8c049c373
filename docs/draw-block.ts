/**
 * Draws the Mamba block (the paper's Figure 3, with the formulas of src/reference/mamba-block.ts).
 */

import type { Point } from './svg.ts';
import { arrow, box, label, palette, picture } from './svg.ts';

export function drawBlock(): string {
  const at = (x: number, y: number): Point => ({ x, y });
  const project = { fill: palette.paleBlue };
  const selective = { fill: palette.paleOrange };
  const pointwise = { fill: palette.grey, round: 14 };
  const note = { size: 11, colour: palette.faint, anchor: 'start' as const };
  return picture(760, 600, 'The Mamba block', [
    // Into the block, and its two halves.
    label(at(380, 22), 'residual stream (seqLen, dModel)', { size: 13 }),
    arrow([at(380, 32), at(380, 52)]),
    box(at(380, 68), 150, 32, 'rmsNorm', pointwise),
    arrow([at(380, 84), at(380, 108)]),
    box(at(380, 126), 240, 36, 'inProj: x | z', project),
    arrow([at(300, 144), at(300, 168)]),
    arrow([at(460, 144), at(460, 156), at(640, 156), at(640, 222)]),
    label(at(310, 156), 'x (seqLen, dInner)', note),
    label(at(520, 146), 'z (seqLen, dInner)', note),

    // The x branch.
    box(at(300, 188), 150, 40, 'causalConv1d\ndConv taps a channel', { fill: palette.paleGreen }),
    arrow([at(300, 208), at(300, 226)]),
    box(at(300, 240), 100, 28, 'silu', pointwise),
    arrow([at(300, 254), at(300, 380)]),
    arrow([at(300, 270), at(130, 270), at(130, 284)], 'orange'),

    // The selection.
    box(at(130, 302), 180, 36, 'xProj: Δ | B | C', selective),
    arrow([at(80, 320), at(80, 346)], 'orange'),
    box(at(80, 366), 124, 40, 'dtProj\nΔ = softplus(· + bias)', { ...selective, size: 12 }),
    arrow([at(80, 386), at(80, 419), at(149, 419)], 'orange'),
    arrow([at(190, 320), at(190, 381)], 'orange'),
    label(at(198, 346), 'B, C', { size: 12, colour: palette.orange, anchor: 'start' }),

    // The scan.
    box(at(300, 419), 300, 74, 'selectiveScan\nh = exp(ΔA)·h + ΔB·x\ny = C·h + D·x', {
      fill: palette.paleOrange,
      stroke: palette.orange,
      size: 14,
    }),
    box(at(640, 240), 100, 36, 'silu', pointwise),
    arrow([at(450, 419), at(547, 419)]),
    label(at(456, 394), 'y (seqLen, dInner)', note),
    box(at(562, 419), 28, 28, '×', { ...pointwise, size: 16 }),
    arrow([at(640, 258), at(640, 419), at(577, 419)]),
    arrow([at(562, 433), at(562, 470), at(380, 470), at(380, 484)]),

    // Out of the block.
    box(at(380, 502), 150, 32, 'outProj', project),
    arrow([at(380, 518), at(380, 540)]),
    label(at(380, 554), '+ residual (seqLen, dModel)', { size: 13 }),
    label(at(30, 578), 'orange: depends on the token (the selection)', {
      size: 11,
      colour: palette.orange,
      anchor: 'start',
    }),
  ]);
}
