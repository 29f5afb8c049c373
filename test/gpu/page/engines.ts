/**
 * Engines on a backend that outlives them: their cells are given back when they are disposed of, the context and its
 * compiled kernels stay. Runs in Node and in a page.
 */
import type { GpuBackend } from '../../../gpu/backend.ts';
import type { WeightSource } from '../../../src/checkpoint/weight-source.ts';
import type { Backend, Cell, Matrix, WeightDtype } from '../../../src/engine/backend.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { loadEngine } from '../../../src/engine/load-engine.ts';
import type { MambaConfig } from '../../../src/reference/types.ts';

/** @param work gets an engine for as long as it runs */
export async function withEngine<T>(
  backend: GpuBackend,
  config: MambaConfig,
  source: WeightSource,
  sequences: number,
  work: (engine: Engine) => Promise<T>,
  dtype: WeightDtype = 'f32',
): Promise<T> {
  const stages = [{ backend: borrowed(backend), from: 0, to: config.nLayer }];
  const engine = await loadEngine(config, source, stages, { sequences, dtype });
  try {
    return await work(engine);
  } finally {
    engine.dispose();
    await backend.settle().catch(() => {});
  }
}

/** The same backend, of which dispose() frees what was allocated by way of this one. */
function borrowed(backend: GpuBackend): Backend {
  const made: (Cell | Matrix)[] = [];
  const keep = <T extends Cell | Matrix>(what: T): T => {
    made.push(what);
    return what;
  };
  const own: Partial<Backend> = {
    floats: (...given) => keep(backend.floats(...given)),
    integers: (...given) => keep(backend.integers(...given)),
    matrix: (...given) => keep(backend.matrix(...given)),
    dispose: () => {
      for (const what of made) backend.free(what);
    },
  };
  return new Proxy(backend, {
    get(target, name) {
      const value: unknown = own[name as keyof Backend] ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
