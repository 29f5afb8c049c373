/**
 * A session as a file (`--save-state`, `--load-state`): safetensors with the ids and every layer's state in float64, which
 * holds the state of any backend exactly.
 *
 *   ids I64 (n) · layers.i.convState F64 (dConv − 1, dInner) · layers.i.h F64 (dInner, dState) · metadata: format, config, read
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { CheckpointError } from '../checkpoint/checkpoint-error.ts';
import { openFileSource } from '../checkpoint/file-source.node.ts';
import { readTensor } from '../checkpoint/read-tensor.ts';
import type { Safetensors } from '../checkpoint/safetensors.ts';
import { openSafetensors } from '../checkpoint/safetensors.ts';
import type { WritableTensor } from '../checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../checkpoint/write-safetensors.ts';
import type { Session } from '../generation/generate-tokens.ts';
import type { LayerState, MambaConfig } from '../reference/types.ts';

const format = 'mamba-ts session 1';

/** Writes beside the file first, so that an interrupted run leaves the old one whole. */
export async function saveSession(path: string, config: MambaConfig, session: Session): Promise<void> {
  const { dConv, dInner, dState } = config;
  const tensors: WritableTensor[] = [
    { name: 'ids', shape: [session.ids.length], data: BigInt64Array.from(session.ids, BigInt) },
  ];
  for (const [i, { convState, h }] of session.state.layers.entries()) {
    tensors.push({ name: `layers.${i}.convState`, shape: [dConv - 1, dInner], data: convState });
    tensors.push({ name: `layers.${i}.h`, shape: [dInner, dState], data: h });
  }
  const metadata = new Map([
    ['format', format],
    ['config', JSON.stringify(config)],
    ['read', String(session.read)],
  ]);
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, safetensorsBytes(tensors, metadata));
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    const { code, message } = cause as { code?: string; message: string };
    throw new CheckpointError({ file: path, cause }, `cannot be written (${code ?? message})`);
  }
}

/** @throws CheckpointError (as a rejection) when the file is no session, or one of a model of another shape */
export async function loadSession(path: string, config: MambaConfig): Promise<Session> {
  const source = await openFileSource(path);
  try {
    const file = await openSafetensors(source);
    if (file.metadata.get('format') !== format) {
      throw new CheckpointError({ file: path }, `expected a file that --save-state has written, got another one`);
    }
    if (file.metadata.get('config') !== JSON.stringify(config)) {
      throw new CheckpointError({ file: path }, 'expected a state of this model, got one of a model of another shape');
    }
    return await readSession(file, config, path);
  } finally {
    await source.close();
  }
}

async function readSession(file: Safetensors, { nLayer, vocabSize }: MambaConfig, path: string): Promise<Session> {
  const ids = Array.from((await readTensor(file, 'ids')) as BigInt64Array, Number);
  const read = Number(file.metadata.get('read'));
  const known = ids.every((id) => Number.isInteger(id) && id >= 0 && id < vocabSize);
  if (!(known && Number.isInteger(read) && read >= 0 && read <= ids.length)) {
    throw new CheckpointError({ file: path }, 'expected ids of this model, and how many of them were read');
  }
  const layers: LayerState[] = [];
  for (let i = 0; i < nLayer; i++) {
    layers.push({
      convState: (await readTensor(file, `layers.${i}.convState`)) as Float64Array,
      h: (await readTensor(file, `layers.${i}.h`)) as Float64Array,
    });
  }
  return { ids, read, state: { layers } };
}
