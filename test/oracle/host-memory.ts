/**
 * Cells in arrays, and the work on them in its order: written down, repeated, compiled.
 */
import type { Cell, Chain, Matrix, Plan, Recording, WeightDtype } from '../../src/engine/backend.ts';
import type { HostMatrix } from './host-cells.ts';
import { HostCell } from './host-cells.ts';

interface HostRecording extends Recording {
  readonly tasks: readonly Task[];
}

export type Task = () => void | Promise<void>;

export class HostMemory {
  residentBytes = 0;
  #tasks: Task[] = [];

  floats = (name: string, length: number): Cell => this.#cell(new HostCell(name, 'f32', length));
  integers = (name: string, length: number): Cell => this.#cell(new HostCell(name, 'u32', length));

  matrix(name: string, rows: number, columns: number, dtype: WeightDtype): Matrix {
    this.residentBytes += 4 * rows * columns;
    const matrix: HostMatrix = { name, rows, columns, dtype, numbers: new Float32Array(rows * columns) };
    return matrix;
  }

  free(what: Cell | Matrix): void {
    this.residentBytes -= 4 * (what as HostCell | HostMatrix).numbers.length;
  }

  write(cell: Cell, data: Float32Array | Uint32Array, offset = 0): void {
    const numbers = Float32Array.from(data);
    this.enqueue(() => (cell as HostCell).numbers.set(numbers, offset));
  }

  writeRows(matrix: Matrix, row: number, data: Float32Array): void {
    (matrix as HostMatrix).numbers.set(data, row * matrix.columns);
  }

  async read(cell: Cell, offset = 0, length = cell.length - offset): Promise<Float32Array> {
    await this.settle();
    return (cell as HostCell).numbers.slice(offset, offset + length);
  }

  record(enqueue: () => void): HostRecording {
    const tasks = this.#written(enqueue);
    return { tasks, operations: tasks.length };
  }

  replay(recording: Recording): void {
    this.#tasks.push(...(recording as HostRecording).tasks);
  }

  async settle(): Promise<void> {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) await task();
  }

  dispose(): void {}

  /** What is no output is as before the run. */
  async compile({ enqueue, inputs, outputs }: Chain): Promise<Plan> {
    await this.settle();
    const tasks = this.#written(enqueue);
    let before = inputs.map((cell) => (cell as HostCell).numbers.slice());
    return {
      run: async () => {
        await this.settle();
        before = inputs.map((cell) => (cell as HostCell).numbers.slice());
        for (const task of tasks) await task();
        for (const [i, cell] of inputs.entries()) {
          if (!outputs.includes(cell)) (cell as HostCell).numbers = before[i]!.slice();
        }
      },
      undo: () => {
        for (const [i, cell] of inputs.entries()) (cell as HostCell).numbers = before[i]!.slice();
      },
      dispose() {},
    };
  }

  enqueue(task: Task): void {
    this.#tasks.push(task);
  }

  #written(enqueue: () => void): readonly Task[] {
    const before = this.#tasks;
    this.#tasks = [];
    enqueue();
    const tasks = this.#tasks;
    this.#tasks = before;
    return tasks;
  }

  #cell(cell: HostCell): Cell {
    this.residentBytes += 4 * cell.length;
    return cell;
  }
}
