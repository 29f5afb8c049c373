/**
 * What `estimate` is given: the name of a published shape, a config.json, a folder or a file of GGUF, or a model's id on
 * the hub, of which nothing but its config.json is loaded.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { openFileSource } from '../checkpoint/file-source.node.ts';
import { ggufConfig, isGgufName, openGguf } from '../checkpoint/index.ts';
import type { ModelShape } from '../evaluate/model-shape.ts';
import { allShapeNames, namedShape, parseModelShape } from '../evaluate/model-shape.ts';
import { looksLikePath, pullConfig } from '../hub/index.node.ts';
import { writeNote } from './output.ts';

export interface FoundShape {
  /** For people. */
  readonly name: string;
  readonly shape: ModelShape;
}

/**
 * A folder or a file of that name comes before a published shape.
 * @param flag what errors call the name
 * @throws Error with one line: there is nothing of that name, or it is no model of a kind that is known
 */
export async function findShape(spec: string, signal?: AbortSignal, flag = 'MODEL'): Promise<FoundShape> {
  const found = await stat(spec).catch(() => undefined);
  if (found?.isDirectory()) return fromFile(join(spec, 'config.json'), basename(resolve(spec)));
  if (found !== undefined) return isGgufName(spec) ? fromGguf(spec) : fromFile(spec, spec);
  const shape = namedShape(spec);
  if (shape !== undefined) return { name: spec, shape };
  if (looksLikePath(spec) || !/^[^/\s]+\/[^/\s]+$/.test(spec)) {
    const shapes = allShapeNames.join(', ');
    throw new Error(`${flag} expected ${shapes}, a config.json, a folder or an id on the hub, there is no "${spec}"`);
  }
  const onStale = (reason: Error) => writeNote(`using the cache: ${reason.message}`);
  const { id, text } = await pullConfig(spec, { signal, onStale });
  return { name: id, shape: parseModelShape(text, `config.json of ${id}`) };
}

async function fromFile(path: string, name: string): Promise<FoundShape> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${path}: expected a config.json, got an error (${cause.code})`, { cause });
  });
  return { name, shape: parseModelShape(text, path) };
}

async function fromGguf(path: string): Promise<FoundShape> {
  const source = await openFileSource(path);
  try {
    return { name: basename(path), shape: { kind: 'mamba', config: ggufConfig(await openGguf(source)).config } };
  } finally {
    await source.close();
  }
}
