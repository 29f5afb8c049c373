import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadProgress } from '../../src/checkpoint/load-assigned.ts';
import { loadFolder } from '../../src/checkpoint/load-folder.node.ts';
import { openFolder } from '../../src/checkpoint/open-folder.node.ts';
import { chooseWeights, weightFiles } from '../../src/checkpoint/open-weights.ts';
import { parameterCount } from '../../src/checkpoint/parameter-count.ts';
import { expectRefusal } from './refusal.ts';

const embedded = fileURLToPath(new URL('../../models/tiny-shakespeare', import.meta.url));
const wanted = 'expected a folder with config.json, weights and tokenizer.json';
const remedy = 'download the missing file too';
const anyWeights =
  'weights (model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json or one .gguf)';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mamba-ts-'));
});
afterAll(() => rm(root, { recursive: true }));

/** A folder of these files: text, or null for a folder in place of a file. */
async function folderOf(name: string, files: Record<string, string | Uint8Array | null>): Promise<string> {
  const path = join(root, name);
  await mkdir(path);
  for (const [file, content] of Object.entries(files)) {
    await (content === null ? mkdir(join(path, file)) : writeFile(join(path, file), content));
  }
  return path;
}

describe('loadFolder', () => {
  it('loads the embedded model: config, 2,063,040 weights, the text of its tokenizer', async () => {
    const reports: LoadProgress[] = [];
    const loaded = await loadFolder(embedded, { onProgress: (progress) => reports.push(progress) });
    expect([loaded.name, loaded.path, loaded.modelType]).toEqual(['tiny-shakespeare', embedded, 'mamba']);
    expect([loaded.bosTokenId, loaded.eosTokenIds]).toEqual([undefined, []]);
    expect(parameterCount(loaded.config)).toBe(2_063_040);
    const { layers, ...others } = loaded.weights;
    const arrays = [others, ...layers].flatMap((place) => Object.values(place) as Float64Array[]);
    expect(arrays.reduce((sum, { length }) => sum + length, 0)).toBe(2_063_040);
    expect(loaded.tokenizerJson).toBe(await readFile(join(embedded, 'tokenizer.json'), 'utf8'));
    expect(reports.at(-1)!.loadedBytes).toBe(4 * 2_063_040);
  });

  it('takes the folder’s own name from any way of writing its path', async () => {
    expect((await loadFolder(`${embedded}/`)).name).toBe('tiny-shakespeare');
    expect((await loadFolder(`${embedded}/../tiny-shakespeare/.`)).name).toBe('tiny-shakespeare');
  });

  it('says in one line what is not there', async () => {
    const missing = join(root, 'missing');
    const absent = await expectRefusal(() => loadFolder(missing), {
      file: missing,
      message: `${wanted}, got nothing there`,
    });
    expect((absent.cause as { code: string }).code).toBe('ENOENT');
    const file = join(embedded, 'config.json');
    await expectRefusal(() => loadFolder(file), { file, message: `${wanted}, got a file` });
    const long = join(root, 'x'.repeat(5000));
    await expectRefusal(() => loadFolder(long), { file: long, message: `${wanted}, got an error (ENAMETOOLONG)` });

    const files = { 'config.json': '', 'model.safetensors': '', 'tokenizer.json': '' };
    for (const name of Object.keys(files) as (keyof typeof files)[]) {
      const { [name]: _, ...others } = files;
      const path = await folderOf(`without-${name}`, others);
      await expectRefusal(() => loadFolder(path), {
        file: path,
        message: `${wanted}, got no ${name === 'model.safetensors' ? anyWeights : name}; ${remedy}`,
      });
    }
    const empty = await folderOf('empty', {});
    await expectRefusal(() => loadFolder(empty), {
      file: empty,
      message: `${wanted}, got no ${anyWeights}; ${remedy}`,
    });
  });

  it('takes one format, the first of this order, and says nothing of names that are only similar', async () => {
    const order = [...weightFiles, 'mamba.gguf'];
    for (const [i, name] of order.entries()) {
      const path = await folderOf(`format-${name}`, Object.fromEntries(order.slice(i).map((file) => [file, ''])));
      expect(chooseWeights(path, await readdir(path))).toBe(name);
    }
    const files = {
      'training_args.bin': '',
      'x.gguf.txt': '',
      'old-pytorch_model.bin': '',
      'a.safetensors.index.json~': '',
    };
    const other = await folderOf('other', files);
    await expectRefusal(() => loadFolder(other), {
      file: other,
      message: `${wanted}, got no ${anyWeights}; ${remedy}`,
    });
  });

  it('asks for a tokenizer elsewhere only where the folder has none', async () => {
    const path = join(root, 'no-tokenizer');
    await cp(embedded, path, { recursive: true });
    const fallbackTokenizer = async () => 'from elsewhere';
    expect((await openFolder(path, { fallbackTokenizer })).tokenizerJson).not.toBe('from elsewhere');
    await rm(join(path, 'tokenizer.json'));
    expect((await openFolder(path, { fallbackTokenizer })).tokenizerJson).toBe('from elsewhere');
    await expect(openFolder(path)).rejects.toThrow('got no tokenizer.json');
  });

  it('names the file in the folder that is wrong', async () => {
    const path = join(root, 'copy');
    await cp(embedded, path, { recursive: true });
    const file = (name: string) => join(path, name);

    await writeFile(file('config.json'), '{"model_type": "mamba2"}');
    await expectRefusal(() => loadFolder(path), {
      file: file('config.json'),
      message: '"model_type" expected "mamba" or "falcon_mamba", the only models supported, got "mamba2"',
    });
    await cp(join(embedded, 'config.json'), file('config.json'));

    await writeFile(file('tokenizer.json'), Uint8Array.of(0x7b, 0xff, 0x7d));
    const error = await expectRefusal(() => loadFolder(path), {
      file: file('tokenizer.json'),
      message: 'expected text in UTF-8, got bytes that are not',
    });
    expect(error.cause).toBeInstanceOf(TypeError);
    await rm(file('tokenizer.json'));
    await mkdir(file('tokenizer.json'));
    await expectRefusal(() => loadFolder(path), {
      file: file('tokenizer.json'),
      message: 'expected a file, got a folder',
    });
    await rm(file('tokenizer.json'), { recursive: true });
    await cp(join(embedded, 'tokenizer.json'), file('tokenizer.json'));

    const model = await readFile(file('model.safetensors'));
    await writeFile(file('model.safetensors'), model.subarray(0, -1));
    await expectRefusal(() => loadFolder(path), {
      file: file('model.safetensors'),
      message: 'expected 8260560 bytes in all, got 8260559; the file is cut short',
    });
  });

  it('closes a file that it refuses', async () => {
    const open = () => readdir('/proc/self/fd').catch(() => []); // nothing to count elsewhere than on Linux
    const broken = await folderOf('broken', { 'config.json': '{', 'model.safetensors': '', 'tokenizer.json': '' });
    const before = (await open()).length;
    for (let i = 0; i < 50; i++) await expect(loadFolder(broken)).rejects.toThrow('JSON, line 1, column 2');
    expect((await open()).length).toBeLessThan(before + 25); // others come and go
  });
});
