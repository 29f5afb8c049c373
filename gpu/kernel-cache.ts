/**
 * The compiled kernels of a machine, each compiled when it is first wanted, and resized for every other size.
 *
 * GPU.js computes on a CPU where it finds no GPU: so callers have every kernel's class checked.
 */
import { UnsupportedError } from '../src/engine/errors.ts';
import type { KernelName } from './definitions.ts';
import { definitions } from './definitions.ts';
import type { Gpu, GpuKernel, KernelSettings } from './gpu-js.ts';
import type { KernelDefinition, Parameter } from './kernel-definition.ts';
import { withDepthForHeight } from './kernel-definition.ts';
import type { MachineLimits } from './limits.ts';
import { cellLength, matrixLength } from './limits.ts';
import type { GpuMode } from './modes.ts';
import { kernelClassOf } from './modes.ts';
import type { Shape } from './value.ts';

/** A result's sides as GPU.js has them. */
interface Output {
  readonly sides: readonly number[];
  readonly folded: boolean;
}

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

export class KernelCache {
  readonly #gpu: Gpu;
  readonly #mode: GpuMode;
  readonly #limits: MachineLimits;
  readonly #kernels = new Map<string, GpuKernel>();
  readonly #shapes = new Map<string, string>();

  constructor(gpu: Gpu, mode: GpuMode, limits: MachineLimits) {
    this.#gpu = gpu;
    this.#mode = mode;
    this.#limits = limits;
  }

  /** For results of this shape; a kernel is compiled once and resized. */
  kernelFor(name: KernelName, shape: Shape): GpuKernel {
    return this.#kernel(name, definitions[name], this.#outputOf(shape), {});
  }

  /** Kernels whose operand comes from the host. */
  uploadKernel(name: KernelName, kind: Parameter, shape: Shape): GpuKernel {
    return this.#kernel(`upload ${name}`, definitions[name], this.#outputOf(shape), {
      argumentTypes: ['Input', 'Integer'],
      optimizeFloatMemory: kind === 'matrix' && this.#mode !== 'webgpu',
    });
  }

  /** Flat results, which GPU.js gives back as one array. */
  readKernel(length: number): GpuKernel {
    return this.#kernel('read copy', definitions.copy, { sides: [length], folded: false }, {});
  }

  /** An upload kernel keeps what it has uploaded last. */
  forgetUpload(name: KernelName): void {
    for (const [key, kernel] of this.#kernels) {
      if (!key.startsWith(`upload ${name} `)) continue;
      kernel.destroy();
      this.#kernels.delete(key);
    }
  }

  /** @throws UnsupportedError when something else runs than what was asked for */
  expectClass({ kernel }: GpuKernel): void {
    const { name } = kernel.constructor;
    if (name === kernelClassOf[this.#mode] && !kernel.fallbackReason) return;
    throw new UnsupportedError(
      `expected a ${kernelClassOf[this.#mode]}, got a ${name}${kernel.fallbackReason ? `: ${kernel.fallbackReason}` : ''}`,
    );
  }

  destroy(): void {
    for (const kernel of this.#kernels.values()) kernel.destroy();
    this.#kernels.clear();
  }

  /**
   * GPU.js has a class of textures for every rank, and a kernel takes but one: on GL every result has width, height and
   * depth. A height without a depth becomes a depth ({@link withDepthForHeight}).
   */
  #outputOf(shape: Shape): Output {
    if (this.#mode === 'webgpu') return { sides: shape as readonly number[], folded: false };
    const [width, height = 1, depth = 1] = shape;
    return depth === 1 ? { sides: [width, 1, height], folded: true } : { sides: [width, height, depth], folded: false };
  }

  #kernel(
    name: string,
    definition: KernelDefinition,
    { sides, folded }: Output,
    overrides: Partial<KernelSettings>,
  ): GpuKernel {
    this.#expectRoom(
      name,
      sides,
      overrides.optimizeFloatMemory ? matrixLength(this.#limits) : cellLength(this.#limits),
    );
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
    if (this.#mode === 'webgpu') return 'WebGPUBuffer';
    return parameter === 'matrix' ? 'MemoryOptimizedNumberTexture' : 'ArrayTexture(1)';
  }

  #expectRoom(name: string, sides: readonly number[], most: number): void {
    const length = sides.reduce((product, side) => product * side, 1);
    if (length <= most) return;
    throw new UnsupportedError(`${this.#mode}: ${name} expected at most ${most} numbers in a result, got ${length}`);
  }
}
