/**
 * The settings that Python's huggingface_hub has too, from the same environment: HF_ENDPOINT, HF_TOKEN (or the file that
 * `hf auth login` writes), HF_HOME, HF_HUB_CACHE, XDG_CACHE_HOME, HF_HUB_OFFLINE.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { HubError } from './hub-error.ts';
import { defaultEndpoint, parseEndpoint } from './urls.ts';

export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly token: string | undefined;
  /** The folder of all models, an absolute path. */
  readonly cache: string;
  /** Use what is in the cache and ask nobody. */
  readonly offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws HubError `name` when a setting cannot be */
export async function readSettings(env: Environment = process.env): Promise<HubSettings> {
  const home = hubHome(env);
  return {
    endpoint: parseEndpoint(set(env.HF_ENDPOINT) ?? defaultEndpoint),
    token: await readToken(env, home),
    cache: cacheFolder(env),
    offline: isOn(env.HF_HUB_OFFLINE),
  };
}

/** HF_HUB_CACHE, else HF_HOME/hub. */
export function cacheFolder(env: Environment): string {
  const cache = set(env.HF_HUB_CACHE) ?? set(env.HUGGINGFACE_HUB_CACHE);
  return cache === undefined ? join(hubHome(env), 'hub') : expand(cache, env);
}

function hubHome(env: Environment): string {
  const home = set(env.HF_HOME);
  if (home !== undefined) return expand(home, env);
  const caches = set(env.XDG_CACHE_HOME);
  return join(caches === undefined ? join(userHome(env), '.cache') : expand(caches, env), 'huggingface');
}

/** An empty variable is as good as none. */
function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}

function userHome(env: Environment): string {
  return set(env.HOME) ?? homedir();
}

function expand(path: string, env: Environment): string {
  return resolve(path.replace(/^~(?=$|[/\\])/, () => userHome(env)));
}

/** Python's words for yes. */
function isOn(value: string | undefined): boolean {
  return ['1', 'on', 'yes', 'true'].includes((value ?? '').trim().toLowerCase());
}

async function readToken(env: Environment, home: string): Promise<string | undefined> {
  const fromEnvironment = set(env.HF_TOKEN) ?? set(env.HUGGING_FACE_HUB_TOKEN);
  const file = set(env.HF_TOKEN_PATH) ?? join(home, 'token');
  const text = fromEnvironment ?? (await readFile(expand(file, env), 'utf8').catch(() => ''));
  const token = text.trim();
  if (token === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  // Not shown: it is a secret, or part of one.
  const where = fromEnvironment === undefined ? file : 'HF_TOKEN';
  throw new HubError('name', `${where} expected a token, one word of ASCII characters, got something else`);
}
