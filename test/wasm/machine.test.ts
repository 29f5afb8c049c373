/**
 * Threads that die, memory that does not grow, backends that were given back: errors of a type, soon, and nothing left.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { load } from '../../src/api/load.node.ts';
import { viewOf } from '../../src/engine/backend.ts';
import { DeviceLostError, OutOfMemoryError, UnsupportedError } from '../../src/engine/errors.ts';
import type { WasmBackend } from '../../src/wasm/backend.ts';
import { createWasmBackend } from '../../src/wasm/backend.ts';
import { nodeHost } from '../../src/wasm/host.node.ts';
import type { WasmHost, WorkerHandle } from '../../src/wasm/host.ts';
import type { MachineOptions } from '../../src/wasm/machine.ts';
import { openTestEngine } from '../engine/wasm-engine.ts';
import { gridWeights, smallConfig } from '../reference/small-model.ts';

const opened: WasmBackend[] = [];
afterEach(() => {
  for (const backend of opened.splice(0)) backend.dispose();
});

async function open(host: WasmHost, options: MachineOptions): Promise<WasmBackend> {
  const backend = await createWasmBackend(host, options);
  opened.push(backend);
  return backend;
}

/** Enqueues a matrix product and waits for it. */
async function work(backend: WasmBackend, size = 256): Promise<Float32Array> {
  const weight = backend.matrix('weight', size, size, 'f32');
  backend.writeRows(weight, 0, new Float32Array(size * size).fill(1));
  const x = backend.floats('x', 64 * size);
  const out = backend.floats('out', 64 * size);
  backend.write(x, new Float32Array(64 * size).fill(1));
  backend.linear({ out: viewOf(out, size), x: viewOf(x, size), weight, rows: 64 });
  const result = await backend.read(out);
  for (const what of [weight, x, out]) backend.free(what);
  return result;
}

/** The Node host, with a hand on its workers. */
function watchedHost(): WasmHost & { readonly workers: WorkerHandle[]; kill(): void } {
  const workers: WorkerHandle[] = [];
  return {
    parallelism: 2,
    compile: nodeHost.compile,
    startWorker(job, onExit) {
      const worker = nodeHost.startWorker(job, onExit);
      workers.push(worker);
      return worker;
    },
    workers,
    kill: () => workers[0]!.terminate(),
  };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('threads', () => {
  test('start lazily: none before the first program', async () => {
    const host = watchedHost();
    const backend = await open(host, { threads: 2 });
    expect(host.workers.length).toBe(0);
    await work(backend);
    expect(host.workers.length).toBe(1);
    expect((await work(backend)).every((y) => y === 256)).toBe(true);
  });

  test('one that is killed is a DeviceLostError within a second, now and ever after', async () => {
    const host = watchedHost();
    const backend = await open(host, { threads: 2 });
    await work(backend);
    await pause(300); // the worker is ready and takes part
    await work(backend);
    host.kill();
    const start = performance.now();
    const again = async () => {
      for (;;) {
        await work(backend);
        await pause(1); // the news of an exit needs a turn of the event loop
      }
    };
    await expect(again()).rejects.toThrow(DeviceLostError);
    expect(performance.now() - start).toBeLessThan(1000);
    await expect(work(backend)).rejects.toThrow(/a worker thread of the WebAssembly backend ended unexpectedly/);
  });

  test('a program that waits for a dead thread is an error within a second, not a hang', async () => {
    // A worker that says it is ready and never works: the job counts on it.
    let exit: (reason: string) => void = () => {};
    const host: WasmHost = {
      parallelism: 2,
      compile: nodeHost.compile,
      startWorker(job, onExit) {
        exit = onExit;
        Atomics.store(new Int32Array(job.memory.buffer), (job.control + 28) / 4, 1);
        return { terminate() {} };
      },
    };
    const backend = await open(host, { threads: 2 });
    setTimeout(() => exit('killed'), 50);
    const start = performance.now();
    await expect(work(backend)).rejects.toThrow(DeviceLostError);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('their number is an integer in 1…64', async () => {
    for (const threads of [0, 65, 1.5, Number.NaN]) {
      await expect(createWasmBackend(nodeHost, { threads })).rejects.toThrow(
        new RangeError(`"threads" expected an integer in 1…64, got ${threads}`),
      );
    }
  });
});

describe('a backend', () => {
  test('that was disposed of refuses work', async () => {
    const backend = await open(nodeHost, { threads: 1 });
    backend.dispose();
    await expect(work(backend)).rejects.toThrow(DeviceLostError);
  });

  test('writes see their order: what is enqueued reads the old numbers', async () => {
    const backend = await open(nodeHost, { threads: 1 });
    const x = backend.floats('x', 4);
    const [first, second] = [backend.floats('first', 4), backend.floats('second', 4)];
    const index = backend.integers('index', 1);
    const copy = (out: typeof x) =>
      backend.copyRows({ out: viewOf(out, 4), x: viewOf(x, 4), index, rows: 1, width: 4 });
    backend.write(x, Float32Array.of(1, 2, 3, 4));
    copy(first);
    backend.write(x, Float32Array.of(9, 9), 1);
    copy(second);
    expect([...(await backend.read(first))]).toEqual([1, 2, 3, 4]);
    expect([...(await backend.read(second))]).toEqual([1, 9, 9, 4]);
  });

  test('refuses numbers that do not fit, and q8_0 rows of broken blocks', async () => {
    const backend = await open(nodeHost, { threads: 1 });
    const cell = backend.floats('cell', 4);
    expect(() => backend.write(cell, new Float32Array(3), 2)).toThrow('"cell" expected at most 4 numbers, got 3 at 2');
    await expect(backend.read(cell, 3, 2)).rejects.toThrow('"cell" expected at most 4 numbers, got 2 at 3');
    expect(() => backend.matrix('w', 4, 33, 'q8_0')).toThrow(UnsupportedError);
    const matrix = backend.matrix('w', 8, 32, 'q8_0');
    expect(() => backend.writeRows(matrix, 2, new Float32Array(32))).toThrow(
      '"w" expected a first row divisible by 4, got 2',
    );
    expect(() => backend.writeRows(matrix, 8, new Float32Array(32))).toThrow('"w" expected whole rows within 8');
  });

  test('that was asked for by a build that does not run here says so', async () => {
    if (WebAssembly.validate(relaxedProbe)) return;
    await expect(createWasmBackend(nodeHost, { build: 'relaxed' })).rejects.toThrow(
      new UnsupportedError('WebAssembly here does not run the build "relaxed"'),
    );
  });
});

/** (func (result v128)) with f32x4.relaxed_madd. */
const relaxedProbe = Uint8Array.from([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0],
  ...[65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 11],
]);

describe('memory', () => {
  test('growth that fails, at whichever allocation, is an OutOfMemoryError, and nothing stays allocated', async () => {
    // A model of some 3 MB: it must grow several times.
    const config = { ...smallConfig, vocabSize: 512, dModel: 96, dInner: 192, dState: 16, dtRank: 6 };
    const weights = gridWeights(config, 1);
    let failures = 0;
    for (let failAt = 0; ; failAt++) {
      let growths = 0;
      const grow = (memory: WebAssembly.Memory, pages: number) => {
        if (growths++ === failAt) throw new RangeError('injected');
        memory.grow(pages);
      };
      try {
        const engine = await openTestEngine(config, weights, { machine: { grow } });
        engine.dispose();
        break;
      } catch (error) {
        expect(error).toBeInstanceOf(OutOfMemoryError);
        failures++;
      }
    }
    expect(failures).toBeGreaterThan(10);
  });

  test('load, generate, dispose: resident memory does not drift', async () => {
    const cycle = async () => {
      const model = await load(undefined, { threads: 1 });
      for await (const _ of model.generate('A', { maxTokens: 2 }));
      model.dispose();
    };
    const resident = async () => {
      (globalThis as { gc?: () => void }).gc?.();
      await pause(20);
      return process.memoryUsage().rss;
    };
    for (let i = 0; i < 30; i++) await cycle();
    const before = await resident();
    for (let i = 0; i < 60; i++) await cycle();
    // A leak of one model (8 MB of weights, 20 MB of cells) a cycle would be above 1.5 GB.
    expect((await resident()) - before).toBeLessThan(200e6);
  });
});
