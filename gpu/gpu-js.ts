/**
 * The edge to GPU.js: the only file that imports it, and what of it the rest of gpu/ sees, as types of our own. GPU.js
 * is an optional peer dependency: it is loaded when a GPU backend is opened, not before.
 */
import { UnsupportedError } from '../src/engine/errors.ts';

/** A result that stays on the device: a texture or a storage buffer. */
export interface Handle {
  /** Width, height, depth as far as there are any. */
  readonly output: ArrayLike<number>;
  toArray(): unknown;
  delete(): void;
}

/** A kernel's operand: resident numbers, or one number. */
export type Operand = Handle | HostInput | number;

/** Numbers of the host with their width, height and depth; uploaded by the call. */
export interface HostInput {
  readonly value: Float32Array;
  readonly size: ArrayLike<number>;
}

/** A compiled kernel, or one that its first call compiles. */
export interface GpuKernel {
  (...operands: readonly Operand[]): Handle | Promise<Handle>;
  setOutput(output: readonly number[]): unknown;
  destroy(): void;
  /** The backend's own object, which tells what really runs. */
  readonly kernel: {
    readonly constructor: { readonly name: string; readonly mode: string };
    readonly fallbackReason?: string | null;
    updateTextureArgumentRefs?: () => void;
    readonly compiledFragmentShader?: string;
    readonly compiledVertexShader?: string;
    readonly compiledSource?: string;
  };
}

/** Settings of a kernel, as in GPU.js's README. */
export interface KernelSettings {
  readonly output: readonly number[];
  readonly precision: 'single';
  readonly tactic: 'precision';
  readonly pipeline: boolean;
  readonly immutable?: boolean;
  readonly dynamicOutput?: boolean;
  readonly dynamicArguments?: boolean;
  readonly optimizeFloatMemory?: boolean;
  readonly loopMaxIterations: number;
  readonly argumentTypes?: readonly string[];
  readonly constants?: Readonly<Record<string, number | HostInput>>;
  readonly constantTypes?: Readonly<Record<string, string>>;
  readonly functions?: readonly KernelSource[];
}

/** A top-level function: GPU.js reads its text. */
export type KernelSource = (...operands: never[]) => number;

/** Many kernel calls as one submission. */
export interface GpuPipeline {
  (...operands: readonly HostInput[]): Promise<unknown>;
  readonly executorKind: string;
  readonly fallbackReason: string | null;
  readonly backend: string;
  destroy(): Promise<void>;
}

export interface Gpu {
  createKernel(source: string, settings: KernelSettings): GpuKernel;
  createPipeline(trace: (...operands: Handle[]) => readonly Handle[]): GpuPipeline;
  destroy(): Promise<void>;
  readonly context: WebGL2RenderingContext | WebGLRenderingContext | null;
}

export interface GpuJs {
  readonly GPU: new (settings: { readonly mode: string }) => Gpu;
  readonly input: (value: Float32Array, size: readonly number[]) => HostInput;
}

/** @throws UnsupportedError when the package is not installed */
export async function importGpuJs(): Promise<GpuJs> {
  try {
    const module: unknown = await import('gpu.js');
    const { default: inner } = module as { readonly default?: Partial<GpuJs> };
    return (inner?.GPU === undefined ? module : inner) as GpuJs;
  } catch (cause) {
    throw new UnsupportedError('the package gpu.js expected to be installed: npm install gpu.js@2.24.1', { cause });
  }
}
