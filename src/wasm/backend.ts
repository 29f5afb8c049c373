/**
 * The engine's {@link Backend} on WebAssembly: cells are blocks of one heap, operations are records of one program.
 */
import type {
  ArgmaxOperands,
  AttentionOperands,
  Backend,
  CausalConv1dOperands,
  Cell,
  CopyRowsOperands,
  CrossEntropyOperands,
  EmbedOperands,
  GeluOperands,
  LayerNormOperands,
  LinearOperands,
  Matrix,
  Recording,
  RmsNormOperands,
  SelectiveScanOperands,
  View,
  WeightDtype,
} from '../engine/backend.ts';
import { UnsupportedError } from '../engine/errors.ts';
import { pushAttention } from './attention.ts';
import type { WasmHost } from './host.ts';
import type { MachineOptions, WasmMachine } from './machine.ts';
import { openMachine } from './machine.ts';
import type { MatrixFormat } from './matrix-format.ts';
import { linearWork, matrixFormats } from './matrix-format.ts';

/** Rows of a chunk at most: enough to use each weight many times while it is in the cache. */
const chunkRows = 512;

interface WasmCell extends Cell {
  readonly pointer: number;
}

interface WasmMatrix extends Matrix {
  readonly pointer: number;
}

interface WasmRecording extends Recording {
  readonly records: Uint32Array;
}

const scanFlags = { softplus: 1, zoh: 8 } as const;

/**
 * @throws UnsupportedError without SIMD or when a wanted build does not run here, RangeError for a number of threads
 */
export async function createWasmBackend(host: WasmHost, options: MachineOptions = {}): Promise<WasmBackend> {
  return new WasmBackend(await openMachine(host, options));
}

export class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly chunkLengths = chunkRows;
  readonly machine: WasmMachine;
  #scratch: { readonly pointer: number; readonly bytes: number } | undefined;

  constructor(machine: WasmMachine) {
    this.machine = machine;
  }

  get device(): string {
    return this.machine.device;
  }

  get residentBytes(): number {
    return this.machine.heap.bytesInUse;
  }

  floats(name: string, length: number): Cell {
    return this.#cell(name, 'f32', length);
  }

  integers(name: string, length: number): Cell {
    return this.#cell(name, 'u32', length);
  }

  matrix(name: string, rows: number, columns: number, dtype: WeightDtype): Matrix {
    const { bytes } = formatOf(dtype);
    if (dtype === 'q8_0' && columns % 32 !== 0) {
      throw new UnsupportedError(`${name}: q8_0 expected columns in blocks of 32, got ${columns}`);
    }
    const matrix: WasmMatrix = { name, rows, columns, dtype, pointer: this.#allocate(name, bytes(rows, columns)) };
    return matrix;
  }

  free(what: Cell | Matrix): void {
    this.machine.heap.free((what as WasmCell | WasmMatrix).pointer);
  }

  write(cell: Cell, data: Float32Array | Uint32Array, offset = 0): void {
    if (!(offset >= 0 && offset + data.length <= cell.length)) {
      throw new RangeError(`"${cell.name}" expected at most ${cell.length} numbers, got ${data.length} at ${offset}`);
    }
    this.#writeWords(pointerOf(cell) + 4 * offset, wordsOf(data));
  }

  writeRows(matrix: Matrix, row: number, data: Float32Array): void {
    const { pack, rowsTogether, bytes } = formatOf(matrix.dtype);
    const { columns } = matrix;
    const rows = data.length / columns;
    if (!(Number.isInteger(rows) && row >= 0 && row + rows <= matrix.rows)) {
      throw new RangeError(`"${matrix.name}" expected whole rows within ${matrix.rows}, got ${rows} at row ${row}`);
    }
    if (row % rowsTogether !== 0) {
      throw new RangeError(`"${matrix.name}" expected a first row divisible by ${rowsTogether}, got ${row}`);
    }
    const dst = matrixPointer(matrix) + bytes(row, columns);
    if (pack === undefined) {
      this.#writeWords(dst, wordsOf(data));
      return;
    }
    const { program } = this.machine;
    program.push(
      pack,
      { dst, src: program.hold(wordsOf(data)), rows, dIn: columns },
      { units: Math.ceil(rows / rowsTogether), grain: 4 },
    );
  }

  async read(cell: Cell, offset = 0, length = cell.length - offset): Promise<Float32Array> {
    if (!(offset >= 0 && length >= 0 && offset + length <= cell.length)) {
      throw new RangeError(`"${cell.name}" expected at most ${cell.length} numbers, got ${length} at ${offset}`);
    }
    await this.settle();
    return this.machine.heap.f32(pointerOf(cell) + 4 * offset, length).slice();
  }

  record(enqueue: () => void): WasmRecording {
    const records = this.machine.program.record(enqueue);
    return { records, operations: records.length / 32 };
  }

  replay(recording: Recording): void {
    this.machine.program.append((recording as WasmRecording).records);
  }

  settle(): Promise<void> {
    return this.machine.settle();
  }

  dispose(): void {
    this.machine.dispose();
  }

  embed(operands: EmbedOperands): void {
    this.#embed(operands, false);
  }

  embedAdd(operands: EmbedOperands): void {
    this.#embed(operands, true);
  }

  #embed({ out, ids, weight, rows }: EmbedOperands, add: boolean): void {
    const { embed } = formatOf(weight.dtype);
    const place = { ...outOf(out), ids: pointerOf(ids), weight: matrixPointer(weight) };
    const args = { ...place, rows, dModel: weight.columns, add: Number(add) };
    this.machine.program.push(embed, args, { units: rows, grain: 8 });
  }

  rmsNorm({ out, x, weight, rows, width, eps }: RmsNormOperands): void {
    const args = { ...outOf(out), ...xOf(x), weight: pointerOf(weight), width, eps };
    this.machine.program.push('rmsNorm', args, { units: rows, grain: 4 });
  }

  layerNorm({ out, x, weight, bias, rows, width, eps }: LayerNormOperands): void {
    const args = { ...outOf(out), ...xOf(x), weight: pointerOf(weight), bias: pointerOf(bias), width, eps };
    this.machine.program.push('layerNorm', args, { units: rows, grain: 4 });
  }

  gelu({ out, x, rows, width }: GeluOperands): void {
    this.machine.program.push('gelu', { ...outOf(out), ...xOf(x), width }, { units: rows, grain: 1 });
  }

  attention(operands: AttentionOperands): void {
    pushAttention(this.machine, operands, { pointerOf, viewPointer });
  }

  linear({ out, x, weight, bias, add = false, rows }: LinearOperands): void {
    const { rows: dOut, columns: dIn } = weight;
    const { linear, rowsInUnit } = formatOf(weight.dtype);
    const operands = { ...outOf(out), bias: pointerOf(bias), add: Number(add), rows, dIn, dOut };
    const source = weight.dtype === 'q8_0' ? this.#quantize(x, rows, dIn) : xOf(x);
    const args = { ...operands, ...source, weight: matrixPointer(weight) };
    this.machine.program.push(linear, args, linearWork(rows, Math.ceil(dOut / rowsInUnit), this.machine.threads));
  }

  causalConv1d(operands: CausalConv1dOperands): void {
    const { out, x, weight, bias, state, bounds, sequences, dInner, dConv } = operands;
    const args = {
      ...{ ...outOf(out), ...xOf(x), weight: pointerOf(weight), bias: pointerOf(bias), state: pointerOf(state) },
      ...{ bounds: pointerOf(bounds), sequences, dInner, dConv, silu: 1 },
    };
    this.#pushChannels('causalConv1d', args, dInner);
  }

  selectiveScan(operands: SelectiveScanOperands): void {
    const { out, x, delta, A, B, C, D, z, deltaBias, h, bounds } = operands;
    const { sequences, dInner, dState, groups, softplus, discretization } = operands;
    const args = {
      ...{ ...outOf(out), ...xOf(x), delta: viewPointer(delta), deltaStride: delta.stride, A: pointerOf(A) },
      ...{ B: viewPointer(B), bStride: B.stride, C: viewPointer(C), cStride: C.stride, D: pointerOf(D) },
      ...{ z: z === undefined ? 0 : viewPointer(z), zStride: z?.stride ?? 0, deltaBias: pointerOf(deltaBias) },
      ...{ h: pointerOf(h), bounds: pointerOf(bounds), sequences, dInner, dState, groups },
      flags: (softplus ? scanFlags.softplus : 0) | (discretization === 'zoh' ? scanFlags.zoh : 0),
    };
    this.#pushChannels('selectiveScan', args, dInner);
  }

  copyRows({ out, x, index, rows, width }: CopyRowsOperands): void {
    const args = { ...outOf(out), ...xOf(x), index: pointerOf(index), width };
    this.machine.program.push('copyRows', args, { units: rows, grain: 16 });
  }

  crossEntropy({ out, logits, targets, rows, vocabSize }: CrossEntropyOperands): void {
    const args = {
      out: pointerOf(out),
      logits: viewPointer(logits),
      stride: logits.stride,
      targets: pointerOf(targets),
    };
    this.machine.program.push('crossEntropy', { ...args, vocabSize }, { units: rows, grain: 1 });
  }

  argmax({ out, x, rows, width }: ArgmaxOperands): void {
    const args = { out: pointerOf(out), x: viewPointer(x), stride: x.stride, width };
    this.machine.program.push('argmax', args, { units: rows, grain: 1 });
  }

  /** At once if nothing waits; else in its turn, since what is enqueued must see the old words. */
  #writeWords(dst: number, words: Uint32Array): void {
    const { heap, program } = this.machine;
    if (program.length === 0) {
      heap.u32(dst, words.length).set(words);
      return;
    }
    const src = program.hold(words);
    program.push('copyWords', { dst, src, length: words.length }, { units: 1, grain: 1 });
  }

  /** Blocks of four channels, some eight claims a thread. */
  #pushChannels(name: 'causalConv1d' | 'selectiveScan', args: Readonly<Record<string, number>>, dInner: number): void {
    const units = Math.ceil(dInner / 4);
    this.machine.program.push(name, args, { units, grain: Math.ceil(units / (8 * this.machine.threads)) });
  }

  /** Enqueues the rounding of x to int16, and says where the result will lie. */
  #quantize(x: View, rows: number, dIn: number): Readonly<Record<string, number>> {
    const xq = this.#scratchOf(rows * (2 * dIn + 4) + 64);
    const xScale = xq + 64 * Math.ceil((rows * 2 * dIn) / 64);
    const work = { units: Math.ceil(rows / 4), grain: 2 };
    this.machine.program.push('quantizeRows', { xq, xScale, ...xOf(x), rows, dIn }, work);
    return { x: xq, xScale };
  }

  /** Room for a second form of the activations, used by one linear after the other. */
  #scratchOf(bytes: number): number {
    if (this.#scratch === undefined || this.#scratch.bytes < bytes) {
      // The old one stays: recordings may name it. Doubling keeps all of them together below twice the largest.
      const room = Math.max(bytes, 2 * (this.#scratch?.bytes ?? 0));
      this.#scratch = { pointer: this.machine.heap.allocate(room, 'quantized activations'), bytes: room };
    }
    return this.#scratch.pointer;
  }

  #cell(name: string, kind: Cell['kind'], length: number): Cell {
    const cell: WasmCell = { name, kind, length, pointer: this.#allocate(name, 4 * length) };
    return cell;
  }

  #allocate(name: string, bytes: number): number {
    return this.machine.heap.allocate(bytes, name);
  }
}

function formatOf(dtype: WeightDtype): MatrixFormat {
  return matrixFormats[dtype];
}

function pointerOf(cell: Cell | undefined): number {
  return cell === undefined ? 0 : (cell as WasmCell).pointer;
}

function matrixPointer(matrix: Matrix): number {
  return (matrix as WasmMatrix).pointer;
}

function viewPointer({ cell, offset }: View): number {
  return pointerOf(cell) + 4 * offset;
}

function outOf(view: View): { readonly out: number; readonly outStride: number } {
  return { out: viewPointer(view), outStride: view.stride };
}

function xOf(view: View): { readonly x: number; readonly xStride: number } {
  return { x: viewPointer(view), xStride: view.stride };
}

function wordsOf(data: Float32Array | Uint32Array): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length);
}
