/**
 * The kernels that are no Backend operation, on plain arrays: elementwise functions, scans, discretizations, and the
 * selective scan fused and through memory; the counterpart of src/wasm/kernels.ts. A call copies its operands up, runs,
 * copies the results back and frees everything, also when something throws.
 *
 * @throws RangeError when a length does not fit, UnsupportedError for what the GPU has no kernel or no room for
 */
import { UnsupportedError } from '../src/engine/errors.ts';
import type { RecurrenceInput } from '../src/reference/linear-recurrence.ts';
import type { SelectiveScanInput } from '../src/reference/selective-scan-input.ts';
import { checkSelectiveScan } from '../src/reference/selective-scan-input.ts';
import { expectOptionalShape, expectShape, expectSize } from '../src/reference/shapes.ts';
import type { Floats } from '../src/reference/types.ts';
import type { GpuMachine } from './machine.ts';
import { discretizationRules, discretize } from './operations/discretize.ts';
import type { ResidentRecurrence } from './operations/linear-recurrence.ts';
import { scanChunked, scanSequential } from './operations/linear-recurrence.ts';
import { scanBlelloch } from './operations/scan-blelloch.ts';
import type { ScanArrays } from './operations/selective-scan-arrays.ts';
import { selectiveScanOfArrays, tokensOfPiece } from './operations/selective-scan-arrays.ts';
import { selectiveScanUnfused } from './operations/selective-scan-unfused.ts';
import type { Scratch } from './scratch.ts';
import { withScratch } from './scratch.ts';
import type { Value } from './value.ts';

/** Arrays of one length, number by number a model of its own. */
export interface DiscretizeInput {
  readonly rule: keyof typeof discretizationRules;
  readonly delta: Floats;
  readonly A: Floats;
  readonly B: Floats;
}

export class GpuKernels {
  readonly #machine: GpuMachine;

  /** @param owner a GpuBackend, or anything else that has a machine */
  constructor({ machine }: { readonly machine: GpuMachine }) {
    this.#machine = machine;
  }

  exp(x: Floats): Promise<Float32Array> {
    return this.#elementwise('exp', x);
  }

  softplus(x: Floats): Promise<Float32Array> {
    return this.#elementwise('softplus', x);
  }

  silu(x: Floats): Promise<Float32Array> {
    return this.#elementwise('silu', x);
  }

  sigmoid(x: Floats): Promise<Float32Array> {
    return this.#elementwise('sigmoid', x);
  }

  /** (Ā, B̄) by any of the four rules. */
  async discretize({ rule, delta, A, B }: DiscretizeInput): Promise<{ aBar: Float32Array; bBar: Float32Array }> {
    if (!Object.hasOwn(discretizationRules, rule)) {
      throw new RangeError(`"rule" expected ${Object.keys(discretizationRules).join(', ')}, got ${rule}`);
    }
    const { length } = delta;
    expectShape('A', A, { delta: length });
    expectShape('B', B, { delta: length });
    if (length === 0) return { aBar: new Float32Array(), bBar: new Float32Array() };
    return withScratch(this.#machine, async (scratch) => {
      const read = { delta: scratch.upload(delta), A: scratch.upload(A), B: scratch.upload(B) };
      const { aBar, bBar } = discretize(scratch, { rule, length, ...read });
      return { aBar: await scratch.read(aBar), bBar: await scratch.read(bBar) };
    });
  }

  /**
   * All states h_t = a_t·h_{t−1} + b_t (seqLen, channels), every state from the start of its piece of 512: for comparison.
   */
  scanSequential(input: RecurrenceInput): Promise<Float32Array> {
    return this.#pieces(input, tokensOfPiece, scanSequential);
  }

  /** The same by Blelloch's tree, bracketed as in src/reference/scan-blelloch.ts, in 2·log₂ P + 1 kernel calls. */
  scanBlelloch(input: RecurrenceInput): Promise<Float32Array> {
    return this.#recurrence(input, scanBlelloch);
  }

  /** The same in chunks of so many tokens, ≥ 1, in at most four kernel calls for 512 chunks. */
  async scanChunked(input: RecurrenceInput & { readonly chunk: number }): Promise<Float32Array> {
    const { chunk } = input;
    expectSize('chunk', chunk, 1);
    return this.#pieces(input, chunk * tokensOfPiece, (scratch, recurrence) => scanChunked(scratch, recurrence, chunk));
  }

  /** The fused selective scan: Ā and B̄x never leave a thread. */
  async selectiveScan(input: SelectiveScanInput): Promise<ScanArrays> {
    check('selectiveScan', input);
    return selectiveScanOfArrays(this.#machine, input);
  }

  /** The same by way of Ā, B̄x and h in memory, to measure what fusion buys: see bytesOfSelectiveScan. */
  async selectiveScanUnfused(input: SelectiveScanInput): Promise<ScanArrays> {
    check('selectiveScanUnfused', input);
    return withScratch(this.#machine, (scratch) => selectiveScanUnfused(scratch, input));
  }

  async #elementwise(name: 'exp' | 'softplus' | 'silu' | 'sigmoid', x: Floats): Promise<Float32Array> {
    if (x.length === 0) return new Float32Array();
    return withScratch(this.#machine, (scratch) => scratch.read(scratch.call(name, [x.length], scratch.upload(x))));
  }

  /** Piece after piece, so that no call is long: each begins with the state that the one before it left. */
  async #pieces(input: RecurrenceInput, tokens: number, scan: Scan): Promise<Float32Array> {
    const { seqLen, channels, a, b } = input;
    if (!(seqLen > tokens)) return this.#recurrence(input, scan);
    expectRecurrence(input);
    const h = new Float32Array(seqLen * channels);
    let { h0 } = input;
    for (let from = 0; from < seqLen; from += tokens) {
      const to = Math.min(from + tokens, seqLen);
      const [start, end] = [from * channels, to * channels];
      const piece = { seqLen: to - from, channels, a: a.subarray(start, end), b: b.subarray(start, end), h0 };
      h.set(await this.#recurrence(piece, scan), start);
      h0 = h.subarray(end - channels, end);
    }
    return h;
  }

  async #recurrence(input: RecurrenceInput, scan: Scan): Promise<Float32Array> {
    const { seqLen, channels, a, b, h0 } = input;
    expectRecurrence(input);
    if (seqLen * channels === 0) return new Float32Array();
    return withScratch(this.#machine, (scratch) => {
      const read = { a: scratch.upload(a), b: scratch.upload(b), h0: h0 && scratch.upload(h0) };
      return scratch.read(scan(scratch, { seqLen, channels, ...read }));
    });
  }
}

function expectRecurrence({ seqLen, channels, a, b, h0 }: RecurrenceInput): void {
  expectSize('seqLen', seqLen);
  expectSize('channels', channels);
  expectShape('a', a, { seqLen, channels });
  expectShape('b', b, { seqLen, channels });
  expectOptionalShape('h0', h0, { channels });
}

type Scan = (scratch: Scratch, recurrence: ResidentRecurrence) => Value;

function check(kernel: string, input: SelectiveScanInput): void {
  checkSelectiveScan(input);
  const missing = (['complex', 'constantB', 'constantC'] as const).find((name) => input[name]);
  if (missing === undefined) return;
  const what = { complex: 'complex A', constantB: 'constant B', constantC: 'constant C' }[missing];
  throw new UnsupportedError(`${kernel}: the GPU's kernels have no ${what}`);
}
