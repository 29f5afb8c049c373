/**
 * A GPU.js instance in one exact mode: compiles kernels once, calls them, and brings numbers there and back. Nothing
 * here knows what a kernel computes.
 *
 * GPU.js answers a lost context with zeros, and an absent GPU with a CPU: so every kernel's class is checked when it is
 * first called, and every read-back looks at a canary cell.
 */
import { UnsupportedError } from '../src/engine/errors.ts';
import type { KernelName } from './definitions.ts';
import { definitions } from './definitions.ts';
import { ContextLostError } from './errors.ts';
import type { Gpu, GpuJs, GpuKernel, Handle, HostInput, KernelSettings, Operand } from './gpu-js.ts';
import type { KernelDefinition, Parameter } from './kernel-definition.ts';
import { withDepthForHeight } from './kernel-definition.ts';
import type { GpuMode } from './modes.ts';
import { kernelClassOf } from './modes.ts';

/** Width, height, depth. */
export type Shape = readonly [number, number?, number?];

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
  readonly #gpu: Gpu;
  readonly #js: GpuJs;
  readonly #kernels = new Map<string, GpuKernel>();
  readonly #shapes = new Map<string, string>();
  #canary: Handle | undefined;
  #nothing: Handle | undefined;
  #noMatrix: Handle | undefined;

  constructor(js: GpuJs, mode: GpuMode, limits: MachineLimits) {
    this.mode = mode;
    this.limits = limits;
    this.#js = js;
    this.#gpu = new js.GPU({ mode });
  }

  get gpu(): Gpu {
    return this.#gpu;
  }

  /** Most numbers in a result. */
  get cellLength(): number {
    return Math.min(this.limits.textureSide ** 2, this.limits.bufferLength);
  }

  /** Most numbers in a matrix: four share a texel. */
  get matrixLength(): number {
    return Math.min(4 * this.limits.textureSide ** 2, this.limits.bufferLength);
  }

  /** A kernel's result, resident. What it is called with must be resident, too. */
  async call(name: KernelName, shape: Shape, ...operands: readonly Operand[]): Promise<Handle> {
    this.calls++;
    const kernel = this.#kernelFor(definitions[name], shape);
    const before = kernel.kernel;
    const handle = await kernel(...operands);
    this.#expectClass(kernel);
    if (kernel.kernel !== before) throw new TypeError(`${name} expected operands of its types, got others`);
    return handle;
  }

  /** Numbers of the host, as a cell. */
  async upload(data: Float32Array): Promise<Handle> {
    const kernel = this.#uploadKernel('copy', 'cell', [data.length]);
    return kernel(this.#js.input(data, [data.length]), 0);
  }

  /** Rows of a weight, as a matrix read w[column][row]. */
  async uploadMatrix(data: Float32Array, rows: number, columns: number): Promise<Handle> {
    const kernel = this.#uploadKernel('copyMatrix', 'matrix', [rows, columns]);
    const handle = await kernel(this.#js.input(data, [data.length]), columns);
    if (data.length > keptUpload) this.#forgetUpload('copyMatrix');
    return handle;
  }

  /** @throws ContextLostError when the device is gone, instead of the zeros it would give */
  async read(handle: Handle, offset: number, length: number): Promise<Float32Array> {
    if (length === 0) return new Float32Array();
    const numbers = await this.#numbersOf(handle, offset, length);
    await this.expectAlive();
    return numbers;
  }

  async #numbersOf(handle: Handle, offset: number, length: number): Promise<Float32Array> {
    const part = await this.#readKernel(length)(handle, offset);
    const numbers = (await part.toArray()) as Float32Array;
    part.delete();
    return numbers;
  }

  /** One zero, for operands that are not there. */
  async nothing(): Promise<Handle> {
    this.#nothing ??= await this.upload(new Float32Array(1));
    return this.#nothing;
  }

  /** The same as a matrix. */
  async noMatrix(): Promise<Handle> {
    this.#noMatrix ??= await this.uploadMatrix(new Float32Array(1), 1, 1);
    return this.#noMatrix;
  }

  /** @throws ContextLostError */
  async expectAlive(): Promise<void> {
    this.expectContext();
    this.#canary ??= await this.upload(new Float32Array([canary]));
    const [value] = await this.#numbersOf(this.#canary, 0, 1);
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
    return this.#gpu.createKernel(text, {
      ...kernelSettings,
      output,
      argumentTypes: parameters.map((parameter) => this.#typeOf(parameter)),
      functions,
      ...overrides,
    });
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

/** Numbers in the largest upload that may stay behind in its kernel. */
const keptUpload = 2 ** 22;

const kernelSettings = {
  precision: 'single',
  tactic: 'precision',
  pipeline: true,
  immutable: true,
  dynamicOutput: true,
  dynamicArguments: true,
  loopMaxIterations: 2 ** 20,
} as const;

export type { Handle, HostInput };
