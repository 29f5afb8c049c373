/**
 * Whether a weaker exp is all that is wrong: a question for budgets that are counted, since measured ones forgive more.
 */
import type { VectorsReport } from './vectors-report.ts';

/** Operations whose budgets are measured: their failures say nothing of exp. */
const measuredOperations = ['block', 'model', 'trace'];

/** Whether every case of a counted budget that fails under strict passes under gpu. */
export function isOnlyExp({ cases, declared }: VectorsReport): boolean {
  const counted = cases.filter(({ operation }) => !measuredOperations.includes(operation));
  const failed = counted.filter(({ failures }) => failures.length > 0);
  return (
    declared.exp === 'strict' && failed.length > 0 && failed.every(({ worst }) => worst.gpu !== null && worst.gpu <= 1)
  );
}

/** What --exp gpu would allow: a weaker exp, and denormals that are flushed. */
export function onlyExpText({ blames }: VectorsReport): string {
  const flushed = blames.some(({ mistake }) => mistake === 'denormals flushed to zero');
  const why = flushed ? 'it allows flushed denormals' : 'is exp less exact than 1 ulp?';
  return `all that fails of counted budgets is within them with --exp gpu: ${why}`;
}
