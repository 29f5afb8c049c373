/**
 * The {@link Backend} over GPU.js: an operation writes kernel calls down, which run in order at `settle` and `read`, and
 * binds its output's cell to the result.
 */
import type {
  ArgmaxOperands,
  Backend,
  CausalConv1dOperands,
  Cell,
  Chain,
  CopyRowsOperands,
  CrossEntropyOperands,
  DrawOperands,
  EmbedOperands,
  LinearOperands,
  Matrix,
  Plan,
  Recording,
  RmsNormOperands,
  SelectiveScanOperands,
  WeightDtype,
} from '../src/engine/backend.ts';
import { UnsupportedError } from '../src/engine/errors.ts';
import { GpuCell, GpuMatrix, wordsOf } from './cells.ts';
import { compileChain } from './compile-chain.ts';
import type { GpuMachine } from './machine.ts';
import { causalConv1d } from './operations/causal-conv1d.ts';
import { gpuCell, release } from './operations/context.ts';
import { draw } from './operations/draw.ts';
import { embed, linear, residentTile } from './operations/linear.ts';
import { argmax, crossEntropy } from './operations/logits.ts';
import { copyRows, rmsNorm } from './operations/rows.ts';
import { selectiveScan } from './operations/selective-scan.ts';
import { stepHead, stepHeadFits, stepLayer, stepLayerFits } from './operations/step-layer.ts';
import { blockLength } from './q8.ts';

/** Something to be done in its turn. */
type Task = () => void;

class GpuRecording implements Recording {
  readonly tasks: readonly Task[];

  constructor(tasks: readonly Task[]) {
    this.tasks = tasks;
  }

  get operations(): number {
    return this.tasks.length;
  }
}

export class GpuBackend implements Backend {
  readonly name: string;
  readonly device: string;
  readonly chunkLengths: number;
  readonly machine: GpuMachine;
  residentBytes = 0;
  #recorded: Task[] | undefined;
  #disposed = false;

  /** @param chunkLength most rows of a chunk */
  constructor(machine: GpuMachine, device: string, chunkLength: number) {
    this.machine = machine;
    this.name = machine.mode;
    this.device = device;
    this.chunkLengths = chunkLength;
  }

  floats(name: string, length: number): Cell {
    return this.#cell(name, 'f32', length);
  }

  integers(name: string, length: number): Cell {
    return this.#cell(name, 'u32', length);
  }

  matrix(name: string, rows: number, columns: number, dtype: WeightDtype): Matrix {
    const most = this.machine.matrixLength;
    if (dtype !== 'f32' && dtype !== 'q8_0') {
      throw new UnsupportedError(
        `${this.name}: "${name}" expected f32 or q8_0, which GPUs hold, got ${dtype} (on ${this.device})`,
      );
    }
    if (dtype === 'q8_0' && columns % blockLength !== 0) {
      throw new UnsupportedError(`${this.name}: "${name}" expected columns in blocks of 32 for q8_0, got ${columns}`);
    }
    if (wordsOf(columns, dtype) > most) {
      throw new UnsupportedError(`${this.name}: "${name}" expected rows of at most ${most} numbers`);
    }
    const matrix = new GpuMatrix(name, rows, columns, dtype, most);
    this.residentBytes += matrix.bytes;
    return matrix;
  }

  free(what: Cell | Matrix): void {
    this.residentBytes -= what instanceof GpuMatrix ? what.bytes : 4 * (what as Cell).length;
    this.#enqueue(() => (what as GpuCell | GpuMatrix).free());
  }

  write(cell: Cell, data: Float32Array | Uint32Array, offset = 0): void {
    const numbers = Float32Array.from(data);
    this.#enqueue(() => writeNumbers(this.machine, gpuCell(cell), numbers, offset));
  }

  writeRows(matrix: Matrix, row: number, data: Float32Array): void {
    const numbers = data.slice();
    this.#enqueue(() => stageRows(this.machine, matrix as GpuMatrix, row, numbers));
  }

  async read(cell: Cell, offset = 0, length = cell.length - offset): Promise<Float32Array> {
    const { host } = gpuCell(cell);
    if (host === undefined) return this.machine.read(gpuCell(cell).resident(), offset, length);
    await this.settle();
    return host.slice(offset, offset + length);
  }

  record(enqueue: () => void): Recording {
    const tasks: Task[] = [];
    this.#recorded = tasks;
    try {
      enqueue();
    } finally {
      this.#recorded = undefined;
    }
    return new GpuRecording(tasks);
  }

  replay(recording: Recording): void {
    for (const task of (recording as GpuRecording).tasks) task();
  }

  /** WebGPU only: elsewhere GPU.js would run a plan call by call. */
  get compile(): Backend['compile'] {
    return this.machine.mode === 'webgpu' ? (chain) => this.#compile(chain) : undefined;
  }

  async settle(): Promise<void> {
    await this.machine.settle();
    this.machine.expectContext();
  }

  dispose(): void {
    this.#disposed = true;
    void this.machine.dispose();
  }

  /** For plans; seven kernel calls instead of twelve. */
  get stepLayer(): Backend['stepLayer'] {
    if (this.machine.mode !== 'webgpu') return undefined;
    return (operands) => {
      const fits = stepLayerFits(operands);
      if (fits) this.#enqueue(() => stepLayer(this.machine, operands));
      return fits;
    };
  }

  get stepHead(): Backend['stepHead'] {
    if (this.machine.mode !== 'webgpu') return undefined;
    return (operands) => {
      const fits = stepHeadFits(operands);
      if (fits) this.#enqueue(() => stepHead(this.machine, operands));
      return fits;
    };
  }

  draw(operands: DrawOperands): void {
    this.#enqueue(() => draw(this.machine, operands));
  }

  embed(operands: EmbedOperands): void {
    this.#enqueue(() => embed(this.machine, operands));
  }

  embedAdd(): void {
    this.#refuse('embedAdd');
  }

  layerNorm(): void {
    this.#refuse('layerNorm');
  }

  gelu(): void {
    this.#refuse('gelu');
  }

  attention(): void {
    this.#refuse('attention');
  }

  rmsNorm(operands: RmsNormOperands): void {
    this.#enqueue(() => rmsNorm(this.machine, operands));
  }

  /** What a Transformer needs, and no kernel here does. */
  #refuse(operation: string): never {
    throw new UnsupportedError(`${this.name}: "${operation}" has no kernel on GPUs (on ${this.device})`);
  }

  linear(operands: LinearOperands): void {
    this.#enqueue(() => linear(this.machine, operands));
  }

  causalConv1d(operands: CausalConv1dOperands): void {
    this.#enqueue(() => causalConv1d(this.machine, operands));
  }

  selectiveScan(operands: SelectiveScanOperands): void {
    this.#enqueue(() => selectiveScan(this.machine, operands));
  }

  copyRows(operands: CopyRowsOperands): void {
    this.#enqueue(() => copyRows(this.machine, operands));
  }

  crossEntropy(operands: CrossEntropyOperands): void {
    this.#enqueue(() => crossEntropy(this.machine, operands));
  }

  argmax(operands: ArgmaxOperands): void {
    this.#enqueue(() => argmax(this.machine, operands));
  }

  #cell(name: string, kind: Cell['kind'], length: number): Cell {
    const most = this.machine.cellLength;
    if (length > most) {
      throw new UnsupportedError(`${this.name}: "${name}" expected at most ${most} numbers in a cell, got ${length}`);
    }
    this.residentBytes += 4 * length;
    return new GpuCell(this.machine, name, kind, length);
  }

  /** A plan's copies of the weights count as resident as long as it lives. */
  async #compile(chain: Chain): Promise<Plan> {
    const plan = await compileChain(this.machine, chain);
    this.residentBytes += plan.residentBytes;
    const dispose = () => {
      this.residentBytes -= plan.residentBytes;
      plan.dispose();
    };
    return { run: plan.run, undo: plan.undo, dispose };
  }

  /** At once, or when the recording is replayed. */
  #enqueue(task: Task): void {
    if (this.#disposed) throw new Error('the GPU backend expected no call after dispose()');
    if (this.#recorded === undefined) task();
    else this.#recorded.push(task);
  }
}

/** On the host as long as the host knows the rest, else into the newest result. */
function writeNumbers(machine: GpuMachine, cell: GpuCell, numbers: Float32Array, offset: number): void {
  if (numbers.length === 0) return;
  if (numbers.length === cell.length) cell.set(numbers);
  else if (cell.host !== undefined) {
    const host = cell.host.slice();
    host.set(numbers, offset);
    cell.set(host);
  } else {
    const patch = machine.upload(numbers);
    cell.bind(machine.call('patch', [cell.length], cell.value!, patch, offset, offset + numbers.length));
    release(patch);
  }
}

/** Collects the rows of a tile and sends it up when the last one is there. */
function stageRows(machine: GpuMachine, matrix: GpuMatrix, row: number, numbers: Float32Array): void {
  const { columns, words, tiles } = matrix;
  if (numbers.length === 0) return;
  const end = row + numbers.length / columns;
  const held = matrix.pack(numbers);
  for (const tile of tiles) {
    const [from, to] = [Math.max(row, tile.from), Math.min(end, tile.to)];
    if (from >= to) continue;
    tile.staged ??= new Float32Array((tile.to - tile.from) * words);
    tile.staged.set(held.subarray((from - row) * words, (to - row) * words), (from - tile.from) * words);
    if (to < tile.to) continue;
    tile.value?.delete();
    tile.value = undefined;
    residentTile(machine, tile, words);
  }
}
