/** The metamorphic variants on one backend. Runs in Node and in a page. */
import type { VariantRow } from '../../../gpu/variants/run-variants.ts';
import { runVariants } from '../../../gpu/variants/run-variants.ts';
import type { Opening, Ran } from './open.ts';
import { openOnce } from './open.ts';

export async function runAllVariants(open: Opening): Promise<Ran & { readonly rows: readonly VariantRow[] }> {
  const { backend, ran } = await openOnce(open);
  const rows = await runVariants(backend.machine);
  return { ...ran(), rows };
}
