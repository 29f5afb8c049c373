/**
 * Reads what a sweep has kept, field by field: a damaged file is found out here, and not where a number is missing.
 */
import type { SweepRecord, SweepSettings } from './sweep-record.ts';
import { pointStatuses } from './sweep-record.ts';

/**
 * Reads what {@link JSON.stringify} has written of a record.
 * @param file what errors call it
 * @throws Error with one line when it is no record; it names the first field that is wrong
 */
export function parseSweep(text: string, file: string): SweepRecord {
  const record = parsed(text);
  const wrong = wrongField(record, recordFields) ?? wrongRow((record as SweepRecord).rows);
  if (wrong === undefined) return record as SweepRecord;
  const where = wrong === '' ? '' : ` in ${wrong}`;
  throw new Error(`${file}: expected a sweep's results (version 1), got something else${where}; take another folder`);
}

/** All settings by their names, those of sampling among them. */
export function flatSettings({ sampling, ...others }: SweepSettings): Readonly<Record<string, unknown>> {
  return { ...others, ...sampling };
}

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === 'string';
const isAmount: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
const isAboveZero: Check = (value) => isAmount(value) && value !== 0;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 1;
const isKind: Check = (value) => value === 'mamba' || value === 'gpt-neo';
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const recordFields: Fields = {
  version: (value) => value === 1,
  settings: (value) => isObject(value) && isObject(value.sampling),
  rows: Array.isArray,
};

const rowFields: Fields = {
  ...{ model: isText, kind: isKind, batch: isCount, status: (value) => pointStatuses.some((one) => one === value) },
  ...{ predictedBytes: isAmount, limitBytes: isAmount, sequenceBytes: isAmount },
};

const measurementFields: Fields = {
  ...{ model: isText, kind: isKind, attention: orNull(isText), parameters: isAmount, backend: isText, device: isText },
  ...{ dtype: isText, threads: orNull(isAmount), batch: isCount, promptLength: isCount, genLength: isAboveZero },
  ...{ repeats: isCount, seconds: isAboveZero, tokensPerSecond: isAboveZero, peakMemoryBytes: isAmount },
};

/** The first field that is not as it should be, "" when there are none at all, undefined when all are right. */
function wrongField(value: unknown, fields: Fields): string | undefined {
  if (!isObject(value)) return '';
  const name = Object.keys(fields).find((field) => !fields[field]!(value[field]));
  return name === undefined ? undefined : `"${name}"`;
}

function wrongRow(rows: readonly unknown[]): string | undefined {
  for (const [i, row] of rows.entries()) {
    const wrong = wrongField(row, rowFields) ?? wrongEnd(row as Readonly<Record<string, unknown>>);
    if (wrong !== undefined) return `row ${i + 1}${wrong === '' ? '' : `, ${wrong}`}`;
  }
  return undefined;
}

/** Whoever has measured says what, whoever has not says why. */
function wrongEnd({ status, reason, measurement }: Readonly<Record<string, unknown>>): string | undefined {
  if (status !== 'measured') return isText(reason) ? undefined : '"reason"';
  const wrong = wrongField(measurement, measurementFields);
  return wrong === '' ? '"measurement"' : wrong;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
