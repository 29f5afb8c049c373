/**
 * What a plan's kernels read that no call computes and no input brings: weights, and zeros for what is not there. Read
 * back from the device once, and let go when the plan has its own copies there.
 */
import type { HostInput } from './gpu-js.ts';
import type { GpuMachine } from './machine.ts';
import type { PlanParts } from './plan.ts';
import type { CallStep, Value } from './value.ts';

export class PlanConstants {
  /** Bytes of them. */
  bytes = 0;
  readonly #inputs = new Map<Value, HostInput>();
  readonly #numbers = new Map<Value, number>();
  readonly #given: { [place: string]: HostInput | number }[] = [];

  static async of(machine: GpuMachine, { steps, inputs }: PlanParts): Promise<PlanConstants> {
    const constants = new PlanConstants();
    const computed = new Set<Value>(inputs);
    for (const step of steps) {
      if (step.kind !== 'call') continue;
      for (const operand of step.operands) {
        if (typeof operand === 'number' || computed.has(operand) || constants.has(operand)) continue;
        constants.#add(operand, machine.js.input(await machine.read(operand, 0, operand.length), sidesOf(operand)));
      }
      computed.add(step.result);
    }
    return constants;
  }

  has(value: Value): boolean {
    return this.#numbers.has(value);
  }

  /** Whether a kernel has it as a constant: numbers too, so that compilers unroll its loops. */
  isFixed(operand: Value | number): boolean {
    return typeof operand === 'number' || this.has(operand);
  }

  /** Tells kernels apart: by name, size and constants. */
  keyOf({ name, operands, result }: CallStep): string {
    const places = operands.map((operand) =>
      typeof operand === 'number' ? operand : `v${this.#numbers.get(operand) ?? ''}`,
    );
    return `${name} ${result.shape.join()} ${places.join()}`;
  }

  /** One kernel's constants, by their places among the parameters. */
  give(operands: CallStep['operands']): Readonly<Record<string, HostInput | number>> {
    const given: { [place: string]: HostInput | number } = {};
    operands.forEach((operand, place) => {
      if (typeof operand === 'number') given[`p${place}`] = operand;
      else if (this.has(operand)) given[`p${place}`] = this.#inputs.get(operand)!;
    });
    this.#given.push(given);
    return given;
  }

  /** The device has them; the host's copies go. */
  letGo(): void {
    for (const given of this.#given) for (const place of Object.keys(given)) delete given[place];
    this.#inputs.clear();
  }

  #add(value: Value, input: HostInput): void {
    this.#numbers.set(value, this.#numbers.size);
    this.#inputs.set(value, input);
    this.bytes += 4 * value.length;
  }
}

export function sidesOf({ shape }: Value): readonly number[] {
  return shape as readonly number[];
}
