/**
 * From operations on cells to a plan: writes the kernel calls down on cells that hold placeholders, and puts the cells
 * back as they were.
 */
import type { Chain, Plan } from '../src/engine/backend.ts';
import type { GpuCell } from './cells.ts';
import type { GpuMachine } from './machine.ts';
import { canary, expectCanary } from './machine.ts';
import { gpuCell } from './operations/context.ts';
import type { PlanParts } from './plan.ts';
import { KernelPlan } from './plan.ts';
import type { Value } from './value.ts';

/** @throws UnsupportedError when GPU.js would not run it as one submission */
export async function compileChain(
  machine: GpuMachine,
  { enqueue, inputs, outputs }: Chain,
): Promise<Plan & { readonly residentBytes: number }> {
  await machine.settle();
  const inputCells = inputs.map(gpuCell);
  const outputCells = outputs.map(gpuCell);
  const parts = tracedParts(machine, enqueue, inputCells, outputCells);
  const plan = await KernelPlan.create(machine, parts);
  let numbers: Float32Array[] = [];
  return {
    residentBytes: plan.residentBytes,
    async run() {
      numbers = [];
      for (const cell of inputCells) numbers.push(await numbersOf(machine, cell));
      const results = await plan.run([...numbers, Float32Array.of(canary)]);
      expectCanary(results.at(-1)![0]!);
      machine.calls += plan.calls;
      outputCells.forEach((cell, i) => {
        cell.set(results[i]!);
      });
    },
    undo() {
      inputCells.forEach((cell, i) => {
        cell.set(numbers[i]!);
      });
    },
    dispose: () => plan.dispose(),
  };
}

function tracedParts(
  machine: GpuMachine,
  enqueue: () => void,
  inputs: readonly GpuCell[],
  outputs: readonly GpuCell[],
): PlanParts {
  const before = new Map<GpuCell, Pick<GpuCell, 'host' | 'value' | 'other'>>();
  const keep = (cell: GpuCell) => {
    if (!before.has(cell)) before.set(cell, { host: cell.host, value: cell.value, other: cell.other });
  };
  const placeholders = inputs.map((cell) => machine.placeholder([cell.length]));
  const canaryCell = machine.placeholder([1]);
  let results: Value[] = [];
  const write = () => {
    inputs.forEach((cell, i) => {
      cell.bind(placeholders[i]!);
    });
    enqueue();
    results = [...outputs.map((cell) => cell.resident()), machine.call('copy', [1], canaryCell, 0)];
  };
  try {
    const steps = machine.trace(write, (cell) => keep(cell as GpuCell));
    return { steps, inputs: [...placeholders, canaryCell], outputs: results };
  } finally {
    for (const [cell, numbers] of before) Object.assign(cell, numbers);
  }
}

async function numbersOf(machine: GpuMachine, { host, value, length }: GpuCell): Promise<Float32Array> {
  return host ?? machine.read(value!, 0, length);
}
