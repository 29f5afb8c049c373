/**
 * The kernels that are no {@link Backend} operation, on plain arrays: elementwise functions, scans, discretizations, and
 * the selective scan in its other forms. A call copies its operands in, runs, copies the results out and frees; results
 * are those of src/reference up to float32.
 *
 * One call at a time for a machine: like the backend's own, the operations go through its one program.
 */
import { UnsupportedError } from '../engine/errors.ts';
import type { SelectiveScanUpstream } from '../reference/selective-scan-backward.ts';
import type { SelectiveScanInput } from '../reference/selective-scan-input.ts';
import { checkSelectiveScan } from '../reference/selective-scan-input.ts';
import { expectShape } from '../reference/shapes.ts';
import type { Floats } from '../reference/types.ts';
import type { Place } from './kernel-operands.ts';
import { KernelOperands } from './kernel-operands.ts';
import type { WasmMachine } from './machine.ts';
import type { Work } from './program.ts';
import type { AffineElements, ScanName } from './scan-kernel.ts';
import { placeScan } from './scan-kernel.ts';
import type { KernelGradients } from './selective-scan-backward-kernel.ts';
import { placeSelectiveScanBackward } from './selective-scan-backward-kernel.ts';
import type { KernelScanOutput } from './selective-scan-kernel.ts';
import { placeSelectiveScan } from './selective-scan-kernel.ts';

export type KernelRule = keyof typeof rules;

/** Arrays of one length, number by number a model of its own. */
export interface DiscretizeOperands {
  readonly rule: KernelRule;
  readonly delta: Floats;
  readonly A: Floats;
  readonly B: Floats;
}

const rules = { zoh: 0, bilinear: 1, euler: 2, mamba: 3 } as const;

export class WasmKernels {
  readonly #machine: WasmMachine;
  #milliseconds = 0;

  /** @param owner a WasmBackend, or anything else that has a machine */
  constructor({ machine }: { readonly machine: WasmMachine }) {
    this.#machine = machine;
  }

  /** How long the kernels of the last call ran, without the copies in and out. */
  get milliseconds(): number {
    return this.#milliseconds;
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

  /**
   * All states h_t = a_t·h_{t−1} + b_t, h_{−1} = 0, token by token.
   * @throws RangeError when a length does not fit, TypeError unless a and b are both float32 or both float64
   */
  scanSequential<T extends Floats>(elements: AffineElements<T>): Promise<T> {
    return this.#scan('scanSequential', elements);
  }

  /** The same by Blelloch's tree, bracketed as in src/reference/scan-blelloch.ts. */
  scanBlelloch<T extends Floats>(elements: AffineElements<T>): Promise<T> {
    return this.#scan('scanBlelloch', elements);
  }

  /** @throws RangeError when a length does not fit, or for another rule */
  async discretize({ rule, delta, A, B }: DiscretizeOperands): Promise<{ aBar: Float32Array; bBar: Float32Array }> {
    if (!Object.hasOwn(rules, rule)) {
      throw new RangeError(`"rule" expected ${Object.keys(rules).join(', ')}, got ${rule}`);
    }
    const { length } = delta;
    expectShape('A', A, { delta: length });
    expectShape('B', B, { delta: length });
    return this.#call((operands, push) => {
      const [aBar, bBar] = [operands.room('aBar', 4 * length), operands.room('bBar', 4 * length)];
      const inputs = { delta: operands.f32('delta', delta), A: operands.f32('A', A), B: operands.f32('B', B) };
      push('discretize', { ...inputs, rule: rules[rule], aBar, bBar }, length);
      return () => ({ aBar: operands.readF32(aBar, length), bBar: operands.readF32(bBar, length) });
    });
  }

  /**
   * The fused selective scan.
   * @throws RangeError when a length does not fit, UnsupportedError for a complex A
   */
  async selectiveScan(input: SelectiveScanInput): Promise<KernelScanOutput> {
    check('selectiveScan', input);
    return this.#call(placeSelectiveScan(input, false));
  }

  /** The same bits by way of Ā, B̄x and h in memory, to measure what fusion buys. */
  async selectiveScanUnfused(input: SelectiveScanInput): Promise<KernelScanOutput> {
    check('selectiveScanUnfused', input);
    return this.#call(placeSelectiveScan(input, true));
  }

  /**
   * The gradients, recomputing: one state kept a chunk. The chunk's length changes no bit.
   *
   * @param chunk tokens, ≥ 1; by default √ of the longest sequence, which keeps the fewest states
   * @throws RangeError when a length does not fit, UnsupportedError for a complex A or zero-order hold
   */
  async selectiveScanBackward(
    input: SelectiveScanInput,
    upstream: SelectiveScanUpstream,
    chunk?: number,
  ): Promise<KernelGradients> {
    check('selectiveScanBackward', input);
    if (input.discretization === 'zoh') {
      throw new UnsupportedError('selectiveScanBackward: the WebAssembly kernel has no zero-order hold');
    }
    return this.#call(placeSelectiveScanBackward(input, upstream, chunk));
  }

  #elementwise(name: 'exp' | 'softplus' | 'silu' | 'sigmoid', x: Floats): Promise<Float32Array> {
    return this.#call((operands, push) => {
      const out = operands.room('out', 4 * x.length);
      push(name, { out, x: operands.f32('x', x) }, x.length);
      return () => operands.readF32(out, x.length);
    });
  }

  async #scan<T extends Floats>(name: ScanName, elements: AffineElements<T>): Promise<T> {
    return this.#call(placeScan(name, elements));
  }

  async #call<T>(place: Place<T>): Promise<T> {
    const { heap, program } = this.#machine;
    const operands = new KernelOperands(heap);
    try {
      const read = place(operands, (name, args, units) => program.push(name, args, this.#share(units)));
      const start = performance.now();
      await this.#machine.settle();
      this.#milliseconds = performance.now() - start;
      return read();
    } finally {
      operands.free();
    }
  }

  /** Some eight claims a thread. */
  #share(units: number): Work {
    return { units, grain: Math.ceil(units / (8 * this.#machine.threads)) };
  }
}

function check(kernel: string, input: SelectiveScanInput): void {
  checkSelectiveScan(input);
  if (input.complex) throw new UnsupportedError(`${kernel}: the WebAssembly kernels have no complex A`);
}
