/**
 * `mamba-ts vectors check`: what an implementation made of the vectors, against what it should have.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { FileSource } from '../checkpoint/file-source.node.ts';
import { openFileSource } from '../checkpoint/file-source.node.ts';
import { CheckpointError, openSafetensors } from '../checkpoint/index.ts';
import type {
  Accumulation,
  Declaration,
  ExpName,
  JudgedVectors,
  JudgeOptions,
  Manifest,
  Precision,
} from '../oracle/index.ts';
import {
  accumulations,
  blame,
  expectChecksum,
  expectManifestChecksum,
  expNames,
  fileNames,
  judgeVectors,
  parseManifest,
  precisions,
} from '../oracle/index.ts';
import { MismatchError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import { isOnlyExp, onlyExpText } from './only-exp.ts';
import { onlyWideText } from './only-wide.ts';
import { otherVectors } from './other-vectors.ts';
import { writeJudgement, writeNote } from './output.ts';
import { referenceLine } from './reference-line.ts';
import type { ReportedBlame } from './vectors-report.ts';
import { blameText, failureLines, vectorsReport, vectorsTable } from './vectors-report.ts';

interface CheckFlags {
  readonly exp: ExpName;
  readonly dtype: Accumulation;
  readonly state?: Precision;
  readonly inputs: Precision;
  readonly partial?: boolean;
  readonly json?: boolean;
}

/** Inputs are float32: a wider dtype reads the same numbers. */
const inputPrecisions = precisions.filter((precision) => precision !== 'f64');

const helpText = `
An error of 1.00 is the most that a budget allows: it counts the roundings of what is declared. Both columns are printed
since exp on a GPU may lose bits; --exp chooses the one that decides. An operation of which RESULTS holds no tensor is
left out. What fails is computed once more with each known mistake, and the one that gives the same numbers is named.
Exit code 3 when a case is outside of its budget.`;

export function checkVectorsCommand(interrupt: Interrupt): Command {
  return new Command('check')
    .description('Check the results of an implementation: the worst error of each operation, and what is wrong.')
    .argument('<folder>', 'the vectors, as exported')
    .argument('<results>', 'a safetensors file with the names of the manifest')
    .addOption(new Option('--exp <exp>', 'exp within 1 ulp, or 3 + 2|x| ulp').choices(expNames).default('strict'))
    .addOption(new Option('--dtype <dtype>', 'what products and sums round to').choices(accumulations).default('f32'))
    .addOption(new Option('--state <dtype>', 'what states are kept in (default: as --dtype)').choices(precisions))
    .addOption(new Option('--inputs <dtype>', 'what inputs are read as').choices(inputPrecisions).default('f32'))
    .option('--partial', 'leave out cases of which the results hold nothing, and tensors that no case asks for')
    .option('--json', 'print one JSON object')
    .addHelpText('after', helpText)
    .action((folder: string, results: string, flags: CheckFlags) => {
      interrupt.takeSignal();
      return check(folder, results, flags);
    });
}

async function check(folder: string, results: string, flags: CheckFlags): Promise<void> {
  const { exp, dtype: accumulation, state = accumulation, inputs, partial = false, json } = flags;
  const declaration = { exp, accumulation, state, inputs };
  const { manifest, judged } = await judgeFiles(folder, results, { ...declaration, partial });
  const blames = await blamesOf(judged, declaration);
  const report = vectorsReport({ manifest, judged, declared: declaration, blames, partial });
  await writeJudgement(json ? `${JSON.stringify(report)}\n` : vectorsTable(report));
  for (const note of unknownNotes(judged.unknown)) writeNote(note);
  const known = blames.some(({ mistake }) => mistake !== undefined);
  const other = known ? undefined : otherVectors(judged, manifest);
  const notes = other === undefined ? [...failureLines(report), ...blames.map(blameText)] : [other];
  const wide = onlyWideText(judged.cases);
  for (const note of wide === undefined ? notes : [...notes, wide]) writeNote(note);
  if (isOnlyExp(report)) writeNote(onlyExpText(report));
  if (judged.cases.length === 0) {
    throw new MismatchError(
      `${results}: expected a tensor of some case, got ${judged.unknown.length === 0 ? 'no tensor at all' : `${judged.unknown.length} that no case asks for`}`,
    );
  }
  const failed = report.cases.filter(({ failures }) => failures.length > 0).length;
  if (failed > 0) {
    const are = failed === 1 ? 'is outside of its budget' : 'are outside of their budgets';
    throw new MismatchError(`${failed} of ${report.cases.length} cases ${are}`);
  }
  if (!report.ok) {
    const count = judged.unknown.length;
    throw new MismatchError(
      `${results}: expected names that cases ask for, or --partial, got ${count} that none asks for`,
    );
  }
}

/** Unknown tensors that are named; --json has all. */
const shown = 3;

function unknownNotes(names: readonly string[]): readonly string[] {
  const notes = names.slice(0, shown).map((name) => `the results hold "${name.slice(0, 80)}", which no case asks for`);
  return names.length > shown ? [...notes, `and ${names.length - shown} more; --json lists them`] : notes;
}

/** What is wrong with each operation that failed, and the line of the reference that it contradicts. */
async function blamesOf({ cases }: JudgedVectors, declaration: Declaration): Promise<readonly ReportedBlame[]> {
  const found = blame(cases, declaration);
  return Promise.all(
    found.map(async ({ contradicts, ...one }) => ({
      ...one,
      ...(contradicts && { line: await referenceLine(contradicts) }),
    })),
  );
}

interface JudgedFiles {
  readonly manifest: Manifest;
  readonly judged: JudgedVectors;
}

async function judgeFiles(folder: string, results: string, options: JudgeOptions): Promise<JudgedFiles> {
  const sources: FileSource[] = [];
  const open = async (path: string) => {
    const source = await openFileSource(path);
    sources.push(source);
    return source;
  };
  try {
    const manifest = await readManifest(join(folder, fileNames.manifest));
    const exported = async (file: 'inputs' | 'expected') => {
      const source = await open(join(folder, fileNames[file]));
      await expectChecksum(source, manifest.sha256[file]);
      return openSafetensors(source);
    };
    const files = { inputs: await exported('inputs'), expected: await exported('expected') };
    return {
      manifest,
      judged: await judgeVectors(manifest, files, await openSafetensors(await open(results)), options),
    };
  } finally {
    for (const source of sources) await source.close();
  }
}

async function readManifest(path: string): Promise<Manifest> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const problem = 'expected the manifest of exported vectors, got no file that can be read';
    throw new CheckpointError({ file: path, cause }, problem);
  });
  const manifest = parseManifest(text, path);
  await expectManifestChecksum(manifest, path);
  return manifest;
}
