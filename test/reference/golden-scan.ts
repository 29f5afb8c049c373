/**
 * The 24 golden scan cases (test/golden/README.md) as problems of ours: upstream puts time last, we put it first, and
 * a batch becomes one problem a sequence.
 */
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { readGolden } from '../golden.ts';

export interface GoldenScan {
  readonly name: string;
  /** One entry a sequence of the batch. */
  readonly sequences: readonly {
    readonly input: SelectiveScanInput;
    readonly y: Float64Array;
    readonly hLast: Float64Array;
    readonly dY: Float64Array;
    /** Gradients by the operands that belong to this sequence. dB and dC are absent when B or C is constant. */
    readonly gradients: Readonly<Record<string, Float64Array | undefined>>;
  }[];
  /** Gradients by the operands that the whole batch shares: sums over its sequences. */
  readonly shared: Readonly<Record<string, Float64Array | undefined>>;
}

interface GoldenCase {
  readonly name: string;
  readonly batch: number;
  readonly dim: number;
  readonly dstate: number;
  readonly seqlen: number;
  readonly groups: number;
  readonly complex: boolean;
  readonly variableB: boolean;
  readonly variableC: boolean;
  readonly deltaSoftplus: boolean;
}

export async function goldenScans(): Promise<GoldenScan[]> {
  const { metadata, tensors } = await readGolden('scan-1');
  const cases = JSON.parse(metadata.get('cases')!) as GoldenCase[];
  return cases.map((golden) => {
    const get = (name: string) => tensors.get(`${golden.name}.${name}`)?.data;
    const sequences = Array.from({ length: golden.batch }, (_, b) => sequence(golden, get, b));
    const shared = {
      dA: get('d_A'),
      dD: get('d_D'),
      dDeltaBias: get('d_delta_bias'),
      dB: golden.variableB ? undefined : get('d_B'),
      dC: golden.variableC ? undefined : get('d_C'),
    };
    return { name: golden.name, sequences, shared };
  });
}

function sequence(golden: GoldenCase, get: (name: string) => Float64Array | undefined, b: number) {
  const { batch, dim, dstate, seqlen, groups, complex, variableB, variableC } = golden;
  const ofBatch = (name: string) => {
    const all = get(name);
    return all?.slice((b * all.length) / batch, ((b + 1) * all.length) / batch);
  };
  const perChannel = (name: string) => timeFirst(ofBatch(name), dim, seqlen, 1);
  const perGroup = (name: string) => timeFirst(ofBatch(name), groups * dstate, seqlen, complex ? 2 : 1);
  const input: SelectiveScanInput = {
    ...{ seqLen: seqlen, dInner: dim, dState: dstate, groups, complex, deltaSoftplus: golden.deltaSoftplus },
    ...{ constantB: !variableB, constantC: !variableC },
    x: perChannel('u')!,
    delta: perChannel('delta')!,
    A: get('A')!,
    B: variableB ? perGroup('B')! : get('B')!,
    C: variableC ? perGroup('C')! : get('C')!,
    D: get('D'),
    z: perChannel('z'),
    deltaBias: get('delta_bias'),
  };
  const gradients = {
    dX: perChannel('d_u'),
    dDelta: perChannel('d_delta'),
    dZ: perChannel('d_z'),
    dB: variableB ? perGroup('d_B') : undefined,
    dC: variableC ? perGroup('d_C') : undefined,
  };
  return { input, y: perChannel('out')!, hLast: ofBatch('last_state')!, dY: perChannel('dout')!, gradients };
}

/** (rows, seqLen, width) → (seqLen, rows, width) */
function timeFirst(data: Float64Array | undefined, rows: number, seqLen: number, width: number) {
  return data?.map((_, i) => {
    const [k, row, t] = [i % width, Math.floor(i / width) % rows, Math.floor(i / (width * rows))];
    return data[(row * seqLen + t) * width + k]!;
  });
}
