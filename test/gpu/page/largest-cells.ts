/**
 * The largest cells that a backend allows, copied by a kernel and read back. Runs in Node and in a page.
 */
import { viewOf } from '../../../src/engine/backend.ts';
import { UnsupportedError } from '../../../src/engine/errors.ts';
import type { Opening, Ran } from './open.ts';
import { openWatched } from './open.ts';

export interface LargestCells extends Ran {
  /** Lengths whose numbers did not come back. */
  readonly wrong: readonly string[];
  /** Why one more was refused. */
  readonly refused: string | undefined;
}

/** The lengths around the largest; of a large device only the very largest. */
export async function largestCells(open: Opening): Promise<LargestCells> {
  const { backend, ran } = await openWatched(open);
  const most = backend.machine.cellLength;
  const wrong: string[] = [];
  const lengths = most < 2 ** 16 ? [most - 65, most - 64, most - 63, most - 2, most - 1, most] : [most - 1, most];
  for (const length of lengths) {
    const [x, out] = [backend.floats('x', length), backend.floats('out', length)];
    const index = backend.integers('index', 1);
    const data = Float32Array.from({ length }, (_, i) => i % 4093);
    try {
      backend.write(x, data);
      backend.copyRows({ out: viewOf(out, length), x: viewOf(x, length), index, rows: 1, width: length });
      const back = await backend.read(out);
      if (!data.every((value, i) => back[i] === value)) wrong.push(`${length}: other numbers`);
    } catch (error) {
      wrong.push(`${length}: ${error}`);
    }
    for (const cell of [x, out, index]) backend.free(cell);
    await backend.settle();
  }
  const refused = refusalOf(() => backend.floats('x', most + 1));
  const result = { ...ran(), wrong, refused };
  backend.dispose();
  return result;
}

function refusalOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) return error.message;
    throw error;
  }
}
