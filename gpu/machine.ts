/**
 * A GPU.js instance in one exact mode: compiles kernels once, calls them, and brings numbers there and back. Nothing
 * here knows what a kernel computes. Calls are written down and run at the next read or `settle`, or, while something is
 * traced, handed to whoever compiles them.
 *
 * GPU.js answers a lost context with zeros, and an absent GPU with a CPU: so every kernel's class is checked when it is
 * first called, and every read-back looks at a canary cell.
 */
import { UnsupportedError } from '../src/engine/errors.ts';
import type { KernelName } from './definitions.ts';
import { definitions } from './definitions.ts';
import { ContextLostError } from './errors.ts';
import type { Gpu, GpuJs, GpuKernel, Handle, KernelSettings } from './gpu-js.ts';
import type { KernelDefinition, Parameter } from './kernel-definition.ts';
import { withDepthForHeight } from './kernel-definition.ts';
import type { GpuMode } from './modes.ts';
import { kernelClassOf } from './modes.ts';
import { withShortAddressing } from './short-addressing.ts';
import type { CallStep, Shape, Step } from './value.ts';
import { Value } from './value.ts';

export interface MachineLimits {
  /** Sides of the largest texture; infinite with storage buffers. */
  readonly textureSide: number;
  /** Numbers in the largest storage buffer; infinite with textures. */
  readonly bufferLength: number;
}

/** A result's sides as GPU.js has them. */
interface Output {
  readonly sides: readonly number[];
  readonly folded: boolean;
}

const canary = 12345.671875;

export class GpuMachine {
  readonly mode: GpuMode;
  readonly limits: MachineLimits;
  /** Kernel calls so far: what a token costs is counted in them. */
  calls = 0;
  /** Set while tracing. */
  onBind: ((cell: unknown) => void) | undefined;
  readonly #gpu: Gpu;
  readonly js: GpuJs;
  readonly #kernels = new Map<string, GpuKernel>();
  readonly #shapes = new Map<string, string>();
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
  }

  get gpu(): Gpu {
    return this.#gpu;
  }

  /** Most numbers in a result. GPU.js gives S² − 1 of them a texture of sides S + 1 and S − 1: so none above S·(S − 1). */
  get cellLength(): number {
    return Math.min(this.#texels, this.limits.bufferLength);
  }

  /** Most numbers in a matrix: four share a texel. */
  get matrixLength(): number {
    return Math.min(4 * this.#texels, this.limits.bufferLength);
  }

  get #texels(): number {
    const { textureSide } = this.limits;
    return textureSide * (textureSide - 1);
  }

  /** A kernel's result. */
  call(name: KernelName, shape: Shape, ...operands: readonly (Value | number)[]): Value {
    const result = this.placeholder(shape);
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
    const part = await this.#readKernel(length)(handle, offset);
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
    if (value !== canary) {
      throw new ContextLostError(`the GPU's canary cell expected ${canary}, got ${value}: what it computed is lost`);
    }
  }

  async dispose(): Promise<void> {
    for (const kernel of this.#kernels.values()) kernel.destroy();
    this.#kernels.clear();
    await this.#gpu.destroy();
  }

  /** @throws ContextLostError */
  expectContext(): void {
    const { context } = this.#gpu;
    if (this.mode !== 'webgpu' && context?.isContextLost?.()) {
      throw new ContextLostError(`the ${this.mode} context was lost; load the model again`);
    }
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
    const kernel = this.#kernelFor(definitions[name], result.shape);
    const before = kernel.kernel;
    const answer = kernel(...operands.map((operand) => (operand instanceof Value ? handleOf(name, operand) : operand)));
    this.#expectClass(kernel);
    if (kernel.kernel !== before) throw new TypeError(`${name} expected operands of its types, got others`);
    return answer;
  }

  #runUpload({ kind, data, result }: Extract<Step, { readonly data: unknown }>): Handle | Promise<Handle> {
    const { shape } = result;
    const input = this.js.input(data, [data.length]);
    if (kind === 'upload') return this.#uploadKernel('copy', 'cell', shape)(input, 0);
    const answer = this.#uploadKernel('copyMatrix', 'matrix', shape)(input, shape[1]!);
    if (data.length <= keptUpload) return answer;
    return Promise.resolve(answer).then((handle) => {
      this.#forgetUpload('copyMatrix');
      return handle;
    });
  }

  #kernelFor(definition: KernelDefinition, shape: Shape): GpuKernel {
    return this.#kernel(definition.name, definition, this.#outputOf(shape), {});
  }

  /** Kernels whose operand comes from the host. */
  #uploadKernel(name: KernelName, kind: Parameter, shape: Shape): GpuKernel {
    return this.#kernel(`upload ${name}`, definitions[name], this.#outputOf(shape), {
      argumentTypes: ['Input', 'Integer'],
      optimizeFloatMemory: kind === 'matrix' && this.mode !== 'webgpu',
    });
  }

  /**
   * GPU.js has a class of textures for every rank, and a kernel takes but one: on GL every result has width, height and
   * depth. A height without a depth becomes a depth ({@link withDepthForHeight}).
   */
  #outputOf(shape: Shape): Output {
    if (this.mode === 'webgpu') return { sides: shape as readonly number[], folded: false };
    const [width, height = 1, depth = 1] = shape;
    return depth === 1 ? { sides: [width, 1, height], folded: true } : { sides: [width, height, depth], folded: false };
  }

  #kernel(
    name: string,
    definition: KernelDefinition,
    { sides, folded }: Output,
    overrides: Partial<KernelSettings>,
  ): GpuKernel {
    this.#expectRoom(name, sides, overrides.optimizeFloatMemory ? this.matrixLength : this.cellLength);
    const key = `${name} ${folded ? 'folded' : sides.length}`;
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      const text = definition.source.toString();
      kernel = this.#compile(definition, folded ? withDepthForHeight(text) : text, sides, overrides);
      this.#kernels.set(key, kernel);
    } else if (this.#shapes.get(key) !== sides.join()) {
      kernel.setOutput(sides);
    }
    this.#shapes.set(key, sides.join());
    return kernel;
  }

  /** Flat results, which GPU.js gives back as one array. */
  #readKernel(length: number): GpuKernel {
    this.calls++;
    return this.#kernel('read copy', definitions.copy, { sides: [length], folded: false }, {});
  }

  /** An upload kernel keeps what it has uploaded last. */
  #forgetUpload(name: KernelName): void {
    for (const [key, kernel] of this.#kernels) {
      if (!key.startsWith(`upload ${name} `)) continue;
      kernel.destroy();
      this.#kernels.delete(key);
    }
  }

  #compile(
    { parameters, functions }: KernelDefinition,
    text: string,
    output: readonly number[],
    overrides: Partial<KernelSettings>,
  ): GpuKernel {
    const kernel = this.#gpu.createKernel(text, {
      ...kernelSettings,
      output,
      argumentTypes: parameters.map((parameter) => this.#typeOf(parameter)),
      functions,
      ...overrides,
    });
    // GPU.js would hand a kernel that reads its own last result the texture of the size before; every result of ours is a
    // texture of its own, so there is nothing to hand over.
    kernel.kernel.updateTextureArgumentRefs = () => {};
    return kernel;
  }

  #typeOf(parameter: Parameter): string {
    if (parameter === 'integer') return 'Integer';
    if (parameter === 'float') return 'Float';
    if (this.mode === 'webgpu') return 'WebGPUBuffer';
    return parameter === 'matrix' ? 'MemoryOptimizedNumberTexture' : 'ArrayTexture(1)';
  }

  #expectRoom(name: string, sides: readonly number[], most: number): void {
    const length = sides.reduce((product, side) => product * side, 1);
    if (length <= most) return;
    throw new UnsupportedError(`${this.mode}: ${name} expected at most ${most} numbers in a result, got ${length}`);
  }

  #expectClass({ kernel }: GpuKernel): void {
    const { name } = kernel.constructor;
    if (name === kernelClassOf[this.mode] && !kernel.fallbackReason) return;
    throw new UnsupportedError(
      `expected a ${kernelClassOf[this.mode]}, got a ${name}${kernel.fallbackReason ? `: ${kernel.fallbackReason}` : ''}`,
    );
  }
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

/** No loop of ours goes on for longer; GPU.js's own limit is 1,000. */
export const loopMaxIterations = 2 ** 20;

const kernelSettings = {
  precision: 'single',
  tactic: 'precision',
  pipeline: true,
  immutable: true,
  dynamicOutput: true,
  dynamicArguments: true,
  loopMaxIterations,
} as const;
