/**
 * As many problems of an operation as wanted, a few a call, so that a page answers within seconds; what a GPU does not have
 * is told from what went wrong.
 */
import { expect } from 'vitest';
import type { Availability } from '../availability.ts';
import { expectRan } from './modes-under-test.ts';
import type { ConformCall, Conformed } from './page/conform.ts';
import type { Opening } from './page/open.ts';
import type { GpuOperation } from './page/sized-problems.ts';
import type { Place } from './places.ts';

/** What a GPU has no kernel for, as the suite draws it; every other reason not to run is a failure. */
const dashes: Partial<Record<GpuOperation, RegExp>> = {
  linear: /"weight".*\b(bf16|f16|q8_0)\b/,
  embed: /"weight".*\b(bf16|f16|q8_0)\b/,
  causalConv1d: /^causalConv1d without SiLU is no operation of a Backend$/,
};

const problemsOfCall = 20;

/** Problems that ran: as many as `runs` at least, with seeds from `from` on. */
export async function conformAll(
  place: Place,
  open: Opening,
  operation: GpuOperation,
  seeds: Seeds,
): Promise<Conformed> {
  let cases = 0;
  for (let from = seeds.from; ; from += problemsOfCall) {
    const conformed = await conformSome(place, { open, operation, from, to: from + problemsOfCall });
    expect(conformed.cases).toBeGreaterThan(0);
    cases += conformed.cases;
    if (cases >= seeds.runs) return { ...conformed, cases };
  }
}

export interface Seeds {
  readonly from: number;
  readonly runs: number;
}

export async function conformSome(place: Place, call: ConformCall): Promise<Conformed> {
  const conformed = await place.call('conform', call);
  expect(conformed.failures).toEqual([]);
  expect(conformed.absent.filter((reason) => !dashes[call.operation]?.test(reason))).toEqual([]);
  expectRan(conformed, call.open.mode);
  return conformed;
}

/** For the table at the end of the run. */
export function noteOf({ mode, device, classes, cases }: Conformed, operation: GpuOperation): Availability {
  return { backend: mode, operation, cases, device: `${device}, ${classes.join()}` };
}
