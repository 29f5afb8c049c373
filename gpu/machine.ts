/**
 * A GPU.js instance in one exact mode: calls kernels, and brings numbers there and back. Nothing here knows what a kernel
 * computes. Calls are written down and run at the next read or `settle`, or, while something is
 * traced, handed to whoever compiles them.
 *
 * GPU.js answers a lost context with zeros, and an absent GPU with a CPU: so every kernel's class is checked when it is
 * first called, and every read-back looks at a canary cell.
 */
import { UnsupportedError } from '../src/engine/errors.ts';
import type { KernelName } from './definitions.ts';
import { definitions } from './definitions.ts';
import { ContextLostError } from './errors.ts';
import type { Gpu, GpuJs, Handle } from './gpu-js.ts';
import { KernelCache } from './kernel-cache.ts';
import type { MachineLimits } from './limits.ts';
import { cellLength, matrixLength } from './limits.ts';
import type { GpuMode } from './modes.ts';
import { withShortAddressing } from './short-addressing.ts';
import type { CallStep, Shape, Step } from './value.ts';
import { Value } from './value.ts';

/** A number that every run must bring back: a lost device gives zeros. */
export const canary = 12345.671875;

/** GPU.js makes float32 of most places in a cell; above this neighbours would be the same. Matrices have two places. */
const mostPlaces = 2 ** 24;

export class GpuMachine {
  readonly mode: GpuMode;
  readonly limits: MachineLimits;
  /** Kernel calls so far: what a token costs is counted in them. */
  calls = 0;
  /** Set while tracing. */
  onBind: ((cell: unknown) => void) | undefined;
  readonly #gpu: Gpu;
  readonly js: GpuJs;
  readonly #kernels: KernelCache;
  #steps: Step[] = [];
  #traced: Step[] | undefined;
  #running: Promise<void> = Promise.resolve();
  #canary: Value | undefined;
  #nothing: Value | undefined;
  #noMatrix: Value | undefined;

  constructor(js: GpuJs, mode: GpuMode, limits: MachineLimits) {
    this.mode = mode;
    this.limits = limits;
    this.js = js;
    const gpu = new js.GPU({ mode });
    this.#gpu = mode === 'webgl2' ? withShortAddressing(gpu) : gpu;
    this.#kernels = new KernelCache(this.#gpu, mode, limits);
  }

  get gpu(): Gpu {
    return this.#gpu;
  }

  /** Most numbers in a result. */
  get cellLength(): number {
    return cellLength(this.limits);
  }

  /** Most numbers in a matrix. */
  get matrixLength(): number {
    return matrixLength(this.limits);
  }

  /**
   * A kernel's result.
   * @throws UnsupportedError when it or a cell that it reads holds more numbers than {@link mostPlaces}
   */
  call(name: KernelName, shape: Shape, ...operands: readonly (Value | number)[]): Value {
    const result = this.placeholder(shape);
    this.#expectPlaces(name, result);
    operands.forEach((operand, i) => {
      if (operand instanceof Value && definitions[name].parameters[i] === 'cell') this.#expectPlaces(name, operand);
    });
    this.#push({ kind: 'call', name, operands, result });
    return result;
  }

  /** A value that something else computes. */
  placeholder(shape: Shape): Value {
    return new Value(shape, (value) => this.#push({ kind: 'delete', value }));
  }

  /** Numbers of the host, as a cell, also while tracing; they must stay as they are until it is done. */
  upload(data: Float32Array): Value {
    const result = this.placeholder([data.length]);
    this.#steps.push({ kind: 'upload', data, result });
    return result;
  }

  /** Rows of a weight, as a matrix read w[column][row]. */
  uploadMatrix(data: Float32Array, rows: number, columns: number): Value {
    const result = this.placeholder([rows, columns]);
    this.#steps.push({ kind: 'uploadMatrix', data, result });
    return result;
  }

  /** @throws ContextLostError when the device is gone, instead of the zeros it would give */
  async read(value: Value, offset: number, length: number): Promise<Float32Array> {
    await this.settle();
    if (length === 0) return new Float32Array();
    try {
      const numbers = await this.#numbersOf(value.handle!, offset, length);
      await this.expectAlive();
      return numbers;
    } catch (error) {
      throw asLost(error);
    }
  }

  /** Runs what is written down, in order. An error throws the rest away. */
  settle(): Promise<void> {
    this.#running = this.#running
      .catch(() => {})
      .then(async () => {
        while (this.#steps.length > 0) {
          const steps = this.#steps;
          this.#steps = [];
          await this.#runAll(steps);
        }
      });
    return this.#running;
  }

  /**
   * The calls that are written down meanwhile, instead of running them.
   * @param onBind sees every cell before it gets other numbers
   */
  trace(write: () => void, onBind: (cell: unknown) => void): Step[] {
    const steps: Step[] = [];
    this.#traced = steps;
    this.onBind = onBind;
    try {
      write();
    } finally {
      this.#traced = undefined;
      this.onBind = undefined;
    }
    return steps;
  }

  async #numbersOf(handle: Handle, offset: number, length: number): Promise<Float32Array> {
    this.calls++;
    const part = await this.#kernels.readKernel(length)(handle, offset);
    const numbers = (await part.toArray()) as Float32Array;
    part.delete();
    return numbers;
  }

  /** One zero, for operands that are not there. */
  nothing(): Value {
    this.#nothing ??= this.upload(new Float32Array(1));
    return this.#nothing;
  }

  /** The same as a matrix. */
  noMatrix(): Value {
    this.#noMatrix ??= this.uploadMatrix(new Float32Array(1), 1, 1);
    return this.#noMatrix;
  }

  /** @throws ContextLostError */
  async expectAlive(): Promise<void> {
    this.expectContext();
    if (this.#canary === undefined) {
      this.#canary = this.upload(new Float32Array([canary]));
      await this.settle();
    }
    const [value] = await this.#numbersOf(this.#canary.handle!, 0, 1);
    this.expectContext();
    expectCanary(value!);
  }

  async dispose(): Promise<void> {
    this.#kernels.destroy();
    await this.#gpu.destroy();
  }

  /** @throws ContextLostError */
  expectContext(): void {
    const { context } = this.#gpu;
    if (this.mode !== 'webgpu' && context?.isContextLost?.()) {
      throw new ContextLostError(`the ${this.mode} context was lost; load the model again`);
    }
  }

  #expectPlaces(name: string, { length }: Value): void {
    if (length <= mostPlaces) return;
    throw new UnsupportedError(
      `${this.mode}: ${name} expected at most ${mostPlaces} numbers in a cell, whose places float32 tells apart, got ${length}`,
    );
  }

  #push(step: Step): void {
    (this.#traced ?? this.#steps).push(step);
  }

  /** After an error what is to be freed is freed still. */
  async #runAll(steps: readonly Step[]): Promise<void> {
    let next = 0;
    try {
      for (; next < steps.length; next++) {
        const done = this.#run(steps[next]!);
        if (done !== undefined) await done;
      }
    } catch (error) {
      for (const step of [...steps.slice(next), ...this.#steps]) if (step.kind === 'delete') void this.#run(step);
      this.#steps = [];
      throw asLost(error);
    }
  }

  #run(step: Step): Promise<void> | undefined {
    if (step.kind === 'delete') {
      step.value.handle?.delete();
      step.value.handle = undefined;
      return undefined;
    }
    const answer = step.kind === 'call' ? this.#runCall(step) : this.#runUpload(step);
    if (!(answer instanceof Promise)) {
      step.result.handle = answer;
      return undefined;
    }
    return answer.then((handle) => {
      step.result.handle = handle;
    });
  }

  #runCall({ name, operands, result }: CallStep): Handle | Promise<Handle> {
    this.calls++;
    const kernel = this.#kernels.kernelFor(name, result.shape);
    const before = kernel.kernel;
    const answer = kernel(...operands.map((operand) => (operand instanceof Value ? handleOf(name, operand) : operand)));
    this.#kernels.expectClass(kernel);
    if (kernel.kernel !== before) throw new TypeError(`${name} expected operands of its types, got others`);
    return answer;
  }

  #runUpload({ kind, data, result }: Extract<Step, { readonly data: unknown }>): Handle | Promise<Handle> {
    const { shape } = result;
    const input = this.js.input(data, [data.length]);
    if (kind === 'upload') return this.#kernels.uploadKernel('copy', 'cell', shape)(input, 0);
    const answer = this.#kernels.uploadKernel('copyMatrix', 'matrix', shape)(input, shape[1]!);
    if (data.length <= keptUpload) return answer;
    return Promise.resolve(answer).then((handle) => {
      this.#kernels.forgetUpload('copyMatrix');
      return handle;
    });
  }
}

/** @throws ContextLostError */
export function expectCanary(value: number): void {
  if (value === canary) return;
  throw new ContextLostError(`the GPU's canary cell expected ${canary}, got ${value}: what it computed is lost`);
}

/** WebGPU says it in words only. */
function asLost(error: unknown): unknown {
  return error instanceof Error && /device was lost/.test(error.message) ? new ContextLostError(error.message) : error;
}

function handleOf(name: string, value: Value): Handle {
  if (value.handle !== undefined) return value.handle;
  throw new Error(`${name} expected numbers that an error before it has thrown away; load the model again`);
}

/** Numbers in the largest upload that may stay behind in its kernel. */
const keptUpload = 2 ** 22;
