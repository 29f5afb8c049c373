/**
 * A backend for an engine that is disposed of sooner: dispose() gives back what was allocated by way of the loan.
 */
import type { Backend, Cell, Matrix } from '../engine/backend.ts';

export function lendBackend(backend: Backend): Backend {
  const made = new Set<Cell | Matrix>();
  const keep = <T extends Cell | Matrix>(what: T): T => {
    made.add(what);
    return what;
  };
  const own: Partial<Backend> = {
    floats: (...given) => keep(backend.floats(...given)),
    integers: (...given) => keep(backend.integers(...given)),
    matrix: (...given) => keep(backend.matrix(...given)),
    free(what) {
      made.delete(what);
      backend.free(what);
    },
    dispose() {
      for (const what of made) backend.free(what);
      made.clear();
    },
  };
  return new Proxy(backend, {
    get(target, name) {
      const value: unknown = own[name as keyof Backend] ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
