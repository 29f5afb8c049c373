/**
 * A chain of kernel calls compiled into one submission, by GPU.js's createPipeline: weights are constants of their
 * kernels, inputs go up and outputs come back once a run.
 *
 * A plan holds copies of the weights it uses, since GPU.js takes no resident handles into one; and a kernel of it has one
 * size. What GPU.js would quietly run call by call instead is an error here.
 */
import { UnsupportedError } from '../src/engine/errors.ts';
import { definitions } from './definitions.ts';
import { ContextLostError } from './errors.ts';
import type { GpuKernel, GpuPipeline, Handle } from './gpu-js.ts';
import { loopMaxIterations } from './kernel-cache.ts';
import { withConstants } from './kernel-definition.ts';
import type { GpuMachine } from './machine.ts';

import { PlanConstants, sidesOf } from './plan-constants.ts';
import type { CallStep, Step, Value } from './value.ts';

export interface PlanParts {
  readonly steps: readonly Step[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

export class KernelPlan {
  /** Kernel calls of a run. */
  readonly calls: number;
  /** Bytes of the weights it holds. */
  readonly residentBytes: number;
  readonly #machine: GpuMachine;
  readonly #pipeline: GpuPipeline;
  readonly #inputs: readonly Value[];
  readonly #constants: PlanConstants;
  #compiled = false;

  private constructor(machine: GpuMachine, parts: PlanParts, constants: PlanConstants) {
    const calls = parts.steps.filter((step) => step.kind === 'call');
    this.calls = calls.length;
    this.#machine = machine;
    this.#inputs = parts.inputs;
    this.#constants = constants;
    this.residentBytes = constants.bytes;
    this.#pipeline = machine.gpu.createPipeline(orchestration(machine, calls, parts, constants));
  }

  /** Reads the weights back for it. @throws UnsupportedError where GPU.js compiles no plans */
  static async create(machine: GpuMachine, parts: PlanParts): Promise<KernelPlan> {
    if (machine.mode !== 'webgpu') throw new UnsupportedError(`plans expected webgpu, got ${machine.mode}`);
    return new KernelPlan(machine, parts, await PlanConstants.of(machine, parts));
  }

  /** @returns the outputs, in their order */
  async run(inputs: readonly Float32Array[]): Promise<readonly Float32Array[]> {
    const sized = inputs.map((numbers, i) => this.#machine.js.input(numbers, sidesOf(this.#inputs[i]!)));
    const results = await this.#pipeline(...sized).catch((error: unknown) => {
      const said = `${error} ${this.#pipeline.fallbackReason ?? ''}`;
      if (/\blost\b/.test(said)) throw new ContextLostError(said);
      this.#expectFused();
      throw error;
    });
    this.#expectFused();
    return (results as readonly unknown[]).map(flat);
  }

  dispose(): void {
    void this.#pipeline.destroy();
  }

  #expectFused(): void {
    if (this.#compiled) return;
    const { executorKind, fallbackReason } = this.#pipeline;
    if (executorKind !== 'fused-encoder') {
      throw new UnsupportedError(`plans expected the executor fused-encoder, got ${executorKind}: ${fallbackReason}`);
    }
    this.#constants.letGo();
    this.#compiled = true;
  }
}

/** What GPU.js traces: the calls, on handles. Each kernel has one size and its own constants. */
function orchestration(
  machine: GpuMachine,
  calls: readonly CallStep[],
  { inputs, outputs }: PlanParts,
  constants: PlanConstants,
): (...handles: Handle[]) => readonly Handle[] {
  const kernels = new Map<string, GpuKernel>();
  const kernelOf = (call: CallStep): GpuKernel => {
    const key = constants.keyOf(call);
    const known = kernels.get(key);
    if (known !== undefined) return known;
    const made = compileFixed(machine, call, constants);
    kernels.set(key, made);
    return made;
  };
  const bound = calls.map((call) => ({ call, kernel: kernelOf(call) }));
  const trace = (...handles: Handle[]) => {
    const places = new Map<Value, Handle>(inputs.map((input, i) => [input, handles[i]!]));
    for (const { call, kernel } of bound) {
      const given = call.operands.filter((operand) => !constants.isFixed(operand)) as readonly Value[];
      places.set(call.result, kernel(...given.map((operand) => places.get(operand)!)) as Handle);
    }
    return outputs.map((output) => places.get(output)!);
  };
  return Object.defineProperty(trace, 'length', { value: inputs.length }); // GPU.js counts the parameters
}

function compileFixed(machine: GpuMachine, { name, operands, result }: CallStep, constants: PlanConstants): GpuKernel {
  const { source, parameters, functions } = definitions[name];
  const fixed = operands.flatMap((operand, place) => (constants.isFixed(operand) ? [place] : []));
  const types = parameters.map((parameter) => typeOf[parameter]);
  return machine.gpu.createKernel(withConstants(source.toString(), fixed), {
    ...{ precision: 'single', tactic: 'precision', pipeline: false, loopMaxIterations },
    output: sidesOf(result),
    argumentTypes: types.filter((_, place) => !fixed.includes(place)),
    constants: constants.give(operands),
    constantTypes: Object.fromEntries(fixed.map((place) => [`p${place}`, types[place]!])),
    functions,
  });
}

const typeOf = { cell: 'Input', matrix: 'Input', integer: 'Integer', float: 'Float' } as const;

/** GPU.js cuts one array into rows; this is the whole of it. */
function flat(result: unknown): Float32Array {
  let part = result;
  while (!(part instanceof Float32Array)) [part] = part as readonly unknown[];
  return new Float32Array(part.buffer);
}
