/**
 * The backward of the selective scan as kernels: the walk, then the sums of the units' parts of dB and dC.
 */
import type { SelectiveScanGradients, SelectiveScanUpstream } from '../reference/selective-scan-backward.ts';
import type { SelectiveScanInput } from '../reference/selective-scan-input.ts';
import { sequenceBounds } from '../reference/selective-scan-input.ts';
import { expectOptionalShape, expectShape, expectSize } from '../reference/shapes.ts';
import type { KernelOperands, Place } from './kernel-operands.ts';
import { operandsOf } from './selective-scan-kernel.ts';

/** As the reference's, rounded. */
export type KernelGradients = { readonly [K in keyof SelectiveScanGradients]: Float32Array };

/** Channels that share one part of dB and dC: with dState 16 all parts together are as large as x. */
const blockChannels = 16;

/** As the kernel's table of words. */
const gradientOrder = ['dX', 'dDelta', 'dA', 'dB', 'dC', 'dD', 'dZ', 'dDeltaBias', 'dH0'] as const;

export function placeSelectiveScanBackward(
  input: SelectiveScanInput,
  { dY, dHLast }: SelectiveScanUpstream,
  chunk?: number,
): Place<KernelGradients> {
  const { seqLen, dInner, dState, groups = 1, cuSeqlens } = input;
  const sequences = sequenceBounds(seqLen, cuSeqlens);
  const longest = Math.max(1, ...sequences.map(({ start, end }) => end - start));
  expectShape('dY', dY, { seqLen, dInner });
  expectOptionalShape('dHLast', dHLast, { sequences: sequences.length, dInner, dState });
  if (chunk !== undefined) expectSize('chunk', chunk, 1);
  const tokens = Math.min(chunk ?? Math.ceil(Math.sqrt(longest)), longest);
  const statesStride = (tokens + Math.ceil(longest / tokens)) * 4 * Math.ceil(dState / 4);
  const blocks = Math.ceil(dInner / groups / blockChannels);
  const units = groups * blocks;

  return (operands, push) => {
    const sizes = sizesOf(input, sequences.length);
    const gradients = roomForEach(operands, sizes);
    const parts = (name: 'dB' | 'dC', constant = false) =>
      constant ? gradients[name] : operands.room(`parts of ${name}`, 4 * seqLen * units * dState);
    const [dB, dC] = [parts('dB', input.constantB), parts('dC', input.constantC)];
    const absent = { ...(input.D === undefined && { dD: 0 }), ...(input.z === undefined && { dZ: 0 }) };
    const table = { ...gradients, dB, dC, ...absent };
    const args = {
      ...operandsOf(operands, input),
      ...{ h0: operands.f32('h0', input.h0), dY: operands.f32('dY', dY), dHLast: operands.f32('dHLast', dHLast) },
      gradients: operands.words(
        'gradients',
        gradientOrder.map((name) => table[name]),
      ),
      ...{ states: operands.room('kept states', 4 * units * statesStride), statesStride },
      ...{ chunk: tokens, block: blockChannels },
    };
    push('selectiveScanBackward', args, units);
    for (const [name, part] of [['dB', dB] as const, ['dC', dC] as const]) {
      if (part === gradients[name]) continue;
      push('sumParts', { out: gradients[name], parts: part, count: blocks, width: dState }, seqLen * groups);
    }
    return () => mapEach((name) => operands.readF32(gradients[name], sizes[name]));
  };
}

function sizesOf(input: SelectiveScanInput, sequences: number) {
  const { x, delta, A, B, C, dInner, seqLen } = input;
  return {
    ...{ dX: x.length, dDelta: delta.length, dA: A.length, dB: B.length, dC: C.length },
    ...{ dD: dInner, dZ: seqLen * dInner, dDeltaBias: dInner, dH0: sequences * A.length },
  };
}

function roomForEach(operands: KernelOperands, sizes: ReturnType<typeof sizesOf>) {
  return mapEach((name) => operands.room(name, 4 * sizes[name]));
}

function mapEach<T>(make: (name: keyof KernelGradients) => T) {
  return Object.fromEntries(gradientOrder.map((name) => [name, make(name)])) as Record<keyof KernelGradients, T>;
}
