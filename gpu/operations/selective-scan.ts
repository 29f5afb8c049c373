/**
 * The fused selective scan: chunked for many tokens, two kernels for one token a sequence.
 */
import type { SelectiveScanOperands, View } from '../../src/engine/backend.ts';
import type { GpuMachine } from '../machine.ts';
import type { Value } from '../value.ts';
import { bindRows, gpuCell, optional, release, residentView } from './context.ts';
import type { Packing } from './packing.ts';
import { packingOf } from './packing.ts';

/**
 * Tokens of a chunk. An output runs through its chunk again, (T + 1)/2 tokens on average; the scan over chunks takes
 * rows/T of them.
 */
export const tokensOfChunk = 8;

export function selectiveScan(machine: GpuMachine, operands: SelectiveScanOperands): void {
  const { rows, sequences, dInner } = operands;
  if (rows === 0 || dInner === 0) return;
  const packing = packingOf(operands.bounds, sequences, rows);
  if (packing.oneEach) step(machine, operands);
  else chunked(machine, operands, packing);
}

/** Operands on the device, with their places as numbers. */
function gather(machine: GpuMachine, operands: SelectiveScanOperands) {
  const { x, delta, z, A, h, dInner, dState, groups, softplus, discretization } = operands;
  return {
    delta: { handle: residentView(delta), place: placeOf(delta) },
    bias: optional(machine, operands.deltaBias),
    x: { handle: residentView(x), place: placeOf(x) },
    A: gpuCell(A).resident(),
    D: optional(machine, operands.D),
    h: gpuCell(h).resident(),
    z: z === undefined ? undefined : { handle: residentView(z), place: placeOf(z) },
    nothing: machine.nothing(),
    sizes: [dInner, dState, Math.max(1, dInner / groups)] as const,
    softplus: softplus ? 1 : 0,
    zoh: discretization === 'zoh' ? 1 : 0,
  };
}

type Gathered = ReturnType<typeof gather>;

function placeOf({ offset, stride }: View): readonly [number, number] {
  return [offset, stride];
}

function step(machine: GpuMachine, operands: SelectiveScanOperands): void {
  const { out, B, C, dInner, dState, sequences } = operands;
  const { delta, bias, x, A, D, h, z, nothing, sizes, softplus, zoh } = gather(machine, operands);
  let after = h;
  if (dState > 0) {
    const read = [delta.handle, bias[0], x.handle, A, residentView(B), h];
    const places = [...delta.place, ...x.place, ...placeOf(B)];
    const flags = [bias[1], softplus, zoh];
    after = machine.call('stepState', [dState, dInner, sequences], ...read, ...sizes, ...places, ...flags);
  }
  const read = [after, residentView(C), D[0], x.handle, z?.handle ?? nothing];
  const places = [...placeOf(C), ...x.place, ...(z?.place ?? [0, 0])];
  const flags = [D[1], z === undefined ? 0 : 1];
  const fresh = machine.call('stepOutput', [dInner, sequences], ...read, ...sizes, ...places, ...flags);
  if (dState > 0) gpuCell(operands.h).bind(after);
  bindRows(machine, out, sequences, dInner, fresh);
}

/** B and C as columns of one operand: a kernel has eight buffers at most. */
interface Projections {
  readonly handle: Value;
  readonly b: number;
  readonly c: number;
  readonly stride: number;
  /** To be freed, when it was made for the purpose. */
  readonly made?: Value;
}

function projections(machine: GpuMachine, { B, C, rows, groups, dState }: SelectiveScanOperands): Projections {
  const width = groups * dState;
  const b = residentView(B);
  if (B.cell === C.cell && B.stride === C.stride) return { handle: b, b: B.offset, c: C.offset, stride: B.stride };
  if (width === 0) return { handle: b, b: 0, c: 0, stride: 0 };
  const c = residentView(C);
  const made = machine.call('beside', [2 * width, rows], b, c, width, ...placeOf(B), ...placeOf(C));
  return { handle: made, b: 0, c: width, stride: 2 * width, made };
}

function chunked(machine: GpuMachine, operands: SelectiveScanOperands, packing: Packing): void {
  const { out, rows, sequences, dInner, dState } = operands;
  const all = gather(machine, operands);
  const { delta, bias, x, D, z, nothing } = all;
  const [starts, ends] = [machine.upload(packing.starts), machine.upload(packing.bounds)];
  const bc = projections(machine, operands);
  const steps = machine.call(
    ...(['stepSize', [dInner, rows], delta.handle, bias[0]] as const),
    ...[...delta.place, bias[1], all.softplus],
  );
  const scan = { ...all, steps, starts, bc, rows };
  const carry = carriesOf(machine, scan);

  const numbers = [dInner, dState, tokensOfChunk, all.sizes[2], ...x.place];
  const last = [bc.stride, carry === undefined ? 0 : 1, all.zoh];
  const read = [steps, x.handle, all.A, bc.handle, all.h, carry ?? nothing] as const;
  const chunks = Math.ceil(rows / tokensOfChunk);
  const y = machine.call(
    'scanOutput',
    [dInner, tokensOfChunk, chunks],
    ...read,
    starts,
    ...numbers,
    bc.b,
    bc.c,
    ...last,
  );
  const gate = [dInner, ...x.place, ...(z?.place ?? [0, 0]), D[1], z === undefined ? 0 : 1];
  const fresh = machine.call('skipAndGate', [dInner, rows], y, x.handle, D[0], z?.handle ?? nothing, ...gate);
  if (dState > 0) {
    const shape = [dState, dInner, sequences] as const;
    gpuCell(operands.h).bind(machine.call('scanState', shape, ...read, ends, ...numbers, bc.b, ...last));
  }
  release(starts, ends, steps, y, carry, bc.made);
  bindRows(machine, out, rows, dInner, fresh);
}

/** The state before every chunk; nothing when there is only one chunk. */
function carriesOf(
  machine: GpuMachine,
  scan: Gathered & { readonly steps: Value; readonly starts: Value; readonly bc: Projections; readonly rows: number },
): Value | undefined {
  const { x, A, h, steps, starts, bc, rows, zoh } = scan;
  const [dInner, dState, channels] = scan.sizes;
  const chunks = Math.ceil(rows / tokensOfChunk);
  if (chunks < 2 || dState === 0) return undefined;
  const shape = [dState, dInner, chunks] as const;
  const sizes = [rows, dInner, dState, tokensOfChunk];
  const decay = machine.call('chunkDecay', shape, steps, A, starts, ...sizes);
  const numbers = [...sizes, channels, ...x.place, bc.b, bc.stride, zoh];
  const state = machine.call('chunkState', shape, steps, x.handle, A, bc.handle, h, starts, ...numbers);
  const carry = machine.call('chunkCarry', shape, decay, state, dInner, dState, chunks);
  release(decay, state);
  return carry;
}
