/**
 * A session as a file (`--save-state`, `--load-state`): safetensors with the ids and every layer's state in float64, which
 * holds the state of any backend exactly.
 *
 *   ids I64 (n)
 *   Mamba     layers.i.convState F64 (dConv − 1, dInner) · layers.i.h F64 (dInner, dState)
 *   GPT-Neo   layers.i.k, layers.i.v F64 (read, hiddenSize)
 *   metadata: format, config, read, and whose state it is: model (a name for people), weights (their fingerprint)
 */
import { constants } from 'node:fs';
import { access, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { openFileSource } from '../checkpoint/file-source.node.ts';
import { readTensor } from '../checkpoint/read-tensor.ts';
import type { Safetensors } from '../checkpoint/safetensors.ts';
import { openSafetensors } from '../checkpoint/safetensors.ts';
import type { WritableTensor } from '../checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../checkpoint/write-safetensors.ts';
import type { ModelConfig } from '../engine/architecture.ts';
import type { Session } from '../generation/generate-tokens.ts';
import { readState, stateTensors } from './session-state.ts';

const format = 'mamba-ts session 1';

/** Whose state a file holds. */
export interface SessionModel {
  readonly name: string;
  readonly config: ModelConfig;
  readonly fingerprint: string | undefined;
}

/**
 * Whether a session can be written there, before the work whose result it is to keep.
 * @throws CheckpointError (as a rejection) when the folder is missing, or something that is no regular file is in the place
 */
export async function expectWritable(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile()) {
    throw new CheckpointError({ file: path }, 'expected a file or nothing there, got a folder or a device');
  }
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) throw new CheckpointError({ file: path }, 'expected a folder to put it into, got none');
  await access(dirname(await realpath(path).catch(() => path)), constants.W_OK).catch(
    (cause: NodeJS.ErrnoException) => {
      throw new CheckpointError({ file: path, cause }, `cannot be written (${cause.code ?? cause.message})`);
    },
  );
}

/** Writes beside the file first, so that an interrupted run leaves the old one whole. A link is followed. */
export async function saveSession(path: string, model: SessionModel, session: Session): Promise<void> {
  await expectWritable(path);
  const { name: modelName, config, fingerprint } = model;
  const tensors: WritableTensor[] = [
    { name: 'ids', shape: [session.ids.length], data: BigInt64Array.from(session.ids, BigInt) },
    ...stateTensors(config, session.state, session.read),
  ];
  const metadata = new Map([
    ['format', format],
    ['config', JSON.stringify(config)],
    ['read', String(session.read)],
    ['model', modelName],
  ]);
  if (fingerprint !== undefined) metadata.set('weights', fingerprint);
  const target = await realpath(path).catch(() => path);
  const partial = `${target}.${process.pid}.partial`;
  try {
    await writeFile(partial, safetensorsBytes(tensors, metadata));
    await rename(partial, target);
  } catch (cause) {
    await rm(partial, { force: true });
    const { code, message } = cause as { code?: string; message: string };
    throw new CheckpointError({ file: path, cause }, `cannot be written (${code ?? message})`);
  }
}

/** @throws CheckpointError (as a rejection) when the file is no session, or one of a model of another shape or other weights */
export async function loadSession(path: string, model: SessionModel): Promise<Session> {
  const source = await openFileSource(path);
  try {
    const file = await openSafetensors(source);
    expectSameModel(path, file.metadata, model);
    return await readSession(file, model.config, path);
  } finally {
    await source.close();
  }
}

/** Older files have no fingerprint, or one of the file under another key; they are taken by their config alone. */
function expectSameModel(path: string, metadata: ReadonlyMap<string, string>, model: SessionModel): void {
  if (metadata.get('format') !== format) {
    throw new CheckpointError({ file: path }, 'expected a file that --save-state has written, got another one');
  }
  if (metadata.get('config') !== JSON.stringify(model.config)) {
    throw new CheckpointError({ file: path }, 'expected a state of a model of this config, got one of another');
  }
  const fingerprint = metadata.get('weights');
  if (fingerprint === undefined || model.fingerprint === undefined || fingerprint === model.fingerprint) return;
  const expected = `${model.name} (weights ${model.fingerprint})`;
  const got = `${metadata.get('model')} (weights ${fingerprint})`;
  throw new CheckpointError({ file: path }, `expected a state of ${expected}, got one of ${got}`);
}

async function readSession(file: Safetensors, config: ModelConfig, path: string): Promise<Session> {
  const ids = Array.from((await readTensor(file, 'ids')) as BigInt64Array, Number);
  const read = Number(file.metadata.get('read'));
  const known = ids.every((id) => Number.isInteger(id) && id >= 0 && id < config.vocabSize);
  if (!(known && Number.isInteger(read) && read >= 0 && read <= ids.length)) {
    throw new CheckpointError({ file: path }, 'expected ids of this model, and how many of them were read');
  }
  return { ids, read, state: await readState(file, config, read) };
}
