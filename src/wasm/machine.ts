/**
 * One WebAssembly memory with its module and threads: programs go in, and run.
 *
 * Thread 0 is the caller. Workers start at the first program and join when they are ready; how many take part never
 * changes a bit of any result. A worker that dies makes every later call a {@link DeviceLostError}.
 */
import { DeviceLostError, UnsupportedError } from '../engine/errors.ts';
import { nextTurn } from '../generation/next-turn.ts';
import type { BuildChoice, BuildName } from './builds.ts';
import { chooseBuild, detectFeatures } from './builds.ts';
import { control, controlBytes, mostThreads, scratchBytes } from './control.ts';
import { WasmHeap } from './heap.ts';
import type { WasmHost, WorkerHandle } from './host.ts';
import { WasmProgram } from './program.ts';

export interface MachineOptions {
  /** Default: the host's parallelism. */
  readonly threads?: number | undefined;
  /** Default: the fastest that runs here. */
  readonly build?: BuildName | undefined;
  /** For tests: how the memory grows. */
  readonly grow?: (memory: WebAssembly.Memory, pages: number) => void;
}

interface Exports {
  run(control: number, start: number, arrived: number): number;
  work(control: number): void;
}

/** The control block lies here; the bytes below stay unused, so that 0 is no operand's address. */
const controlPointer = 64;
const firstPages = 2;
const mostPages = 65536;

/** @throws UnsupportedError without SIMD, or when the wanted build does not run here */
export async function openMachine(host: WasmHost, options: MachineOptions = {}): Promise<WasmMachine> {
  const features = detectFeatures();
  const wanted = options.threads ?? host.parallelism;
  if (!(Number.isInteger(wanted) && wanted >= 1 && wanted <= mostThreads)) {
    throw new RangeError(`"threads" expected an integer in 1…${mostThreads}, got ${wanted}`);
  }
  const choice = chooseBuild(features, wanted, options.build);
  if (choice === undefined) {
    const what = options.build === undefined ? 'SIMD' : `the build "${options.build}"`;
    throw new UnsupportedError(`WebAssembly here does not run ${what}`);
  }
  const shared = choice.build.endsWith('threads');
  const module = await host.compile(choice.build);
  const memory = new WebAssembly.Memory({ initial: firstPages, maximum: mostPages, shared });
  return new WasmMachine(host, choice, module, memory, shared ? wanted : 1, options.grow);
}

export class WasmMachine {
  readonly heap: WasmHeap;
  readonly program: WasmProgram;
  readonly choice: BuildChoice;
  readonly threads: number;
  readonly #host: WasmHost;
  readonly #module: WebAssembly.Module;
  readonly #exports: Exports;
  #workers: WorkerHandle[] | undefined;
  #jobs = 0;
  #running = false;
  #lost: DeviceLostError | undefined;

  constructor(
    host: WasmHost,
    choice: BuildChoice,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    threads: number,
    grow?: (memory: WebAssembly.Memory, pages: number) => void,
  ) {
    this.#host = host;
    this.#module = module;
    this.choice = choice;
    this.threads = threads;
    this.#exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
    this.heap = new WasmHeap(memory, controlPointer + controlBytes, grow && ((pages) => grow(memory, pages)));
    this.#set('scratch', this.heap.allocate(threads * scratchBytes, 'scratch'));
    this.program = new WasmProgram(this.heap);
  }

  /** Build and threads, for people. */
  get device(): string {
    return `${this.choice.build}, ${this.threads} ${this.threads === 1 ? 'thread' : 'threads'}`;
  }

  /** Runs the program and empties it. @throws DeviceLostError when a worker is gone, now or before */
  async settle(): Promise<void> {
    this.#expectAlive();
    const { length } = this.program;
    if (length === 0) return;
    if (this.#running) throw new Error('the WebAssembly backend expected one program at a time');
    this.#running = true;
    try {
      await this.#run(length);
    } finally {
      this.#running = false;
    }
  }

  async #run(length: number): Promise<void> {
    if (this.threads > 1) this.#startWorkers();
    this.#set('program', this.program.pointer);
    this.#set('length', length);
    this.#publish(1 + Math.min(this.threads - 1, this.#get('ready')));
    let done = this.#exports.run(controlPointer, 0, 0);
    while (done < length) {
      await nextTurn(); // an exit event comes through here
      this.#expectAlive();
      done = this.#exports.run(controlPointer, -1 - done, 1);
    }
    this.program.clear();
  }

  /** Ends the workers. The memory is free when nobody holds the machine any more. */
  dispose(): void {
    this.#lost ??= new DeviceLostError('the WebAssembly backend was disposed of');
    this.#endWorkers();
  }

  #expectAlive(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  #startWorkers(): void {
    if (this.#workers !== undefined) return;
    const job = { module: this.#module, memory: this.heap.memory, control: controlPointer };
    this.#workers = Array.from({ length: this.threads - 1 }, () =>
      this.#host.startWorker(job, (reason) => this.#lose(reason)),
    );
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = new DeviceLostError(`a worker thread of the WebAssembly backend ended unexpectedly (${reason})`);
    this.#endWorkers();
  }

  #endWorkers(): void {
    this.#set('stop', 1);
    this.#publish(0);
    for (const worker of this.#workers ?? []) worker.terminate();
    this.#workers = [];
  }

  /** A new number and the threads that take part, in one word. */
  #publish(threads: number): void {
    this.#jobs = (this.#jobs + 1) & 0x7fffff;
    const words = new Int32Array(this.heap.memory.buffer);
    const at = (controlPointer + control.job) / 4;
    Atomics.store(words, at, (this.#jobs << 8) | threads);
    if (this.threads > 1) Atomics.notify(words, at);
  }

  #set(word: keyof typeof control, value: number): void {
    Atomics.store(new Int32Array(this.heap.memory.buffer), (controlPointer + control[word]) / 4, value | 0);
  }

  #get(word: keyof typeof control): number {
    return Atomics.load(new Int32Array(this.heap.memory.buffer), (controlPointer + control[word]) / 4);
  }
}
