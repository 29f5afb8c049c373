import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, readSettings } from '../../src/hub/settings.node.ts';
import { emptyFolder } from './fake-models.ts';

let home: string;
let remove: () => Promise<void>;
beforeEach(async () => ({ path: home, remove } = await emptyFolder()));
afterEach(() => remove());

describe('cacheFolder', () => {
  it('is HF_HUB_CACHE, else HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub, else below the home', () => {
    const all = { HF_HUB_CACHE: '/c', HF_HOME: '/h', XDG_CACHE_HOME: '/x', HOME: '/u' };
    expect(cacheFolder(all)).toBe(resolve('/c'));
    expect(cacheFolder({ ...all, HF_HUB_CACHE: '' })).toBe(resolve('/h/hub'));
    expect(cacheFolder({ XDG_CACHE_HOME: '/x', HOME: '/u' })).toBe(resolve('/x/huggingface/hub'));
    expect(cacheFolder({ HOME: '/u' })).toBe(resolve('/u/.cache/huggingface/hub'));
    expect(cacheFolder({ HF_HOME: '~/models', HOME: '/u' })).toBe(resolve('/u/models/hub'));
  });
});

describe('readSettings', () => {
  it('without any settings asks huggingface.co, without a token', async () => {
    expect(await readSettings({ HOME: home })).toEqual({
      ...{ endpoint: 'https://huggingface.co', token: undefined, offline: false },
      cache: join(home, '.cache/huggingface/hub'),
    });
  });

  it('takes the token from HF_TOKEN, else from the file that logging in has written', async () => {
    await mkdir(join(home, 'hf'));
    await writeFile(join(home, 'hf/token'), 'hf_file\n');
    expect((await readSettings({ HF_HOME: join(home, 'hf') })).token).toBe('hf_file');
    expect((await readSettings({ HF_HOME: join(home, 'hf'), HF_TOKEN: ' hf_env ' })).token).toBe('hf_env');
  });

  it('refuses a token that is no word, and does not show it', async () => {
    const settings = readSettings({ HOME: home, HF_TOKEN: 'secret\r\nx: y' });
    await expect(settings).rejects.toMatchObject({ code: 'name', message: expect.not.stringContaining('secret') });
  });

  it.each([
    ['1', true],
    ['True', true],
    ['yes', true],
    ['0', false],
    ['', false],
    ['no', false],
  ])('HF_HUB_OFFLINE=%s means %s', async (value, offline) => {
    expect((await readSettings({ HOME: home, HF_HUB_OFFLINE: value })).offline).toBe(offline);
  });
});
