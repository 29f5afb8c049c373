/**
 * The fused selective scan: chunked for many tokens, two kernels for one token a sequence.
 */
import type { SelectiveScanOperands, View } from '../../src/engine/backend.ts';
import type { Handle } from '../gpu-js.ts';
import type { GpuMachine } from '../machine.ts';
import { bindRows, gpuCell, optional, release, residentView } from './context.ts';
import type { Packing } from './packing.ts';
import { packingOf } from './packing.ts';

/**
 * Tokens of a chunk. An output runs through its chunk again, (T + 1)/2 tokens on average; the scan over chunks takes
 * rows/T of them.
 */
export const tokensOfChunk = 8;

export async function selectiveScan(machine: GpuMachine, operands: SelectiveScanOperands): Promise<void> {
  const { rows, sequences, dInner } = operands;
  if (rows === 0 || dInner === 0) return;
  const packing = packingOf(operands.bounds, sequences, rows);
  return packing.oneEach ? step(machine, operands) : chunked(machine, operands, packing);
}

/** Operands on the device, with their places as numbers. */
async function gather(machine: GpuMachine, operands: SelectiveScanOperands) {
  const { x, delta, z, A, h, dInner, dState, groups, softplus, discretization } = operands;
  return {
    delta: { handle: await residentView(machine, delta), place: placeOf(delta) },
    bias: await optional(machine, operands.deltaBias),
    x: { handle: await residentView(machine, x), place: placeOf(x) },
    A: await gpuCell(A).resident(machine),
    D: await optional(machine, operands.D),
    h: await gpuCell(h).resident(machine),
    z: z === undefined ? undefined : { handle: await residentView(machine, z), place: placeOf(z) },
    nothing: await machine.nothing(),
    sizes: [dInner, dState, Math.max(1, dInner / groups)] as const,
    softplus: softplus ? 1 : 0,
    zoh: discretization === 'zoh' ? 1 : 0,
  };
}

type Gathered = Awaited<ReturnType<typeof gather>>;

function placeOf({ offset, stride }: View): readonly [number, number] {
  return [offset, stride];
}

async function step(machine: GpuMachine, operands: SelectiveScanOperands): Promise<void> {
  const { out, B, C, dInner, dState, sequences } = operands;
  const { delta, bias, x, A, D, h, z, nothing, sizes, softplus, zoh } = await gather(machine, operands);
  let after = h;
  if (dState > 0) {
    const read = [delta.handle, bias[0], x.handle, A, await residentView(machine, B), h];
    const places = [...delta.place, ...x.place, ...placeOf(B)];
    const flags = [bias[1], softplus, zoh];
    after = await machine.call('stepState', [dState, dInner, sequences], ...read, ...sizes, ...places, ...flags);
  }
  const read = [after, await residentView(machine, C), D[0], x.handle, z?.handle ?? nothing];
  const places = [...placeOf(C), ...x.place, ...(z?.place ?? [0, 0])];
  const flags = [D[1], z === undefined ? 0 : 1];
  const fresh = await machine.call('stepOutput', [dInner, sequences], ...read, ...sizes, ...places, ...flags);
  if (dState > 0) gpuCell(operands.h).bind(after);
  await bindRows(machine, out, sequences, dInner, fresh);
}

/** B and C as columns of one operand: a kernel has eight buffers at most. */
interface Projections {
  readonly handle: Handle;
  readonly b: number;
  readonly c: number;
  readonly stride: number;
  /** To be freed, when it was made for the purpose. */
  readonly made?: Handle;
}

async function projections(
  machine: GpuMachine,
  { B, C, rows, groups, dState }: SelectiveScanOperands,
): Promise<Projections> {
  const width = groups * dState;
  const b = await residentView(machine, B);
  if (B.cell === C.cell && B.stride === C.stride) return { handle: b, b: B.offset, c: C.offset, stride: B.stride };
  if (width === 0) return { handle: b, b: 0, c: 0, stride: 0 };
  const c = await residentView(machine, C);
  const made = await machine.call('beside', [2 * width, rows], b, c, width, ...placeOf(B), ...placeOf(C));
  return { handle: made, b: 0, c: width, stride: 2 * width, made };
}

async function chunked(machine: GpuMachine, operands: SelectiveScanOperands, packing: Packing): Promise<void> {
  const { out, rows, sequences, dInner, dState } = operands;
  const all = await gather(machine, operands);
  const { delta, bias, x, D, z, nothing } = all;
  const [starts, ends] = [await machine.upload(packing.starts), await machine.upload(packing.bounds)];
  const bc = await projections(machine, operands);
  const steps = await machine.call(
    ...(['stepSize', [dInner, rows], delta.handle, bias[0]] as const),
    ...[...delta.place, bias[1], all.softplus],
  );
  const scan = { ...all, steps, starts, bc, rows };
  const carry = await carriesOf(machine, scan);

  const numbers = [dInner, dState, tokensOfChunk, all.sizes[2], ...x.place];
  const last = [bc.stride, carry === undefined ? 0 : 1, all.zoh];
  const read = [steps, x.handle, all.A, bc.handle, all.h, carry ?? nothing] as const;
  const y = await machine.call('scanOutput', [dInner, rows], ...read, starts, ...numbers, bc.b, bc.c, ...last);
  const gate = [dInner, ...x.place, ...(z?.place ?? [0, 0]), D[1], z === undefined ? 0 : 1];
  const fresh = await machine.call('skipAndGate', [dInner, rows], y, x.handle, D[0], z?.handle ?? nothing, ...gate);
  if (dState > 0) {
    const shape = [dState, dInner, sequences] as const;
    gpuCell(operands.h).bind(await machine.call('scanState', shape, ...read, ends, ...numbers, bc.b, ...last));
  }
  release(starts, ends, steps, y, carry, bc.made);
  await bindRows(machine, out, rows, dInner, fresh);
}

/** The state before every chunk; nothing when there is only one chunk. */
async function carriesOf(
  machine: GpuMachine,
  scan: Gathered & { readonly steps: Handle; readonly starts: Handle; readonly bc: Projections; readonly rows: number },
): Promise<Handle | undefined> {
  const { x, A, h, steps, starts, bc, rows, zoh } = scan;
  const [dInner, dState, channels] = scan.sizes;
  const chunks = Math.ceil(rows / tokensOfChunk);
  if (chunks < 2 || dState === 0) return undefined;
  const shape = [dState, dInner, chunks] as const;
  const sizes = [rows, dInner, dState, tokensOfChunk];
  const decay = await machine.call('chunkDecay', shape, steps, A, starts, ...sizes);
  const numbers = [...sizes, channels, ...x.place, bc.b, bc.stride, zoh];
  const state = await machine.call('chunkState', shape, steps, x.handle, A, bc.handle, h, starts, ...numbers);
  const carry = await machine.call('chunkCarry', shape, decay, state, dInner, dState);
  release(decay, state);
  return carry;
}
