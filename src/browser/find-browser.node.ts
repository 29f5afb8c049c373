/**
 * An installed browser that can compute: Chromium, Chrome or Edge. Nothing is downloaded.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UnsupportedError } from '../engine/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const applications = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
const windowsPrograms = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];

/** Where browsers usually lie, the likeliest first. */
export function browserPlaces(platform: string, env: Environment): readonly string[] {
  if (platform === 'darwin') {
    const folders = ['/Applications', ...(env.HOME === undefined ? [] : [`${env.HOME}/Applications`])];
    return folders.flatMap((folder) => applications.map((name) => `${folder}/${name}.app/Contents/MacOS/${name}`));
  }
  if (platform === 'win32') {
    const folders = [env.ProgramFiles, env['ProgramFiles(x86)'], env.LOCALAPPDATA].filter((f) => f !== undefined);
    return folders.flatMap((folder) => windowsPrograms.map((program) => `${folder}\\${program}`));
  }
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return commands.flatMap((command) => [...folders, '/usr/bin', '/snap/bin'].map((folder) => join(folder, command)));
}

/**
 * CHROME_PATH, or the first browser in the usual places.
 * @throws UnsupportedError when there is none, saying what to do
 */
export function findBrowser(env: Environment = process.env, platform: string = process.platform): string {
  const { CHROME_PATH: wanted } = env;
  if (wanted !== undefined && wanted !== '') {
    if (existsSync(wanted)) return wanted;
    throw new UnsupportedError(`CHROME_PATH expected an installed browser, there is no "${wanted}"`);
  }
  const found = browserPlaces(platform, env).find((place) => existsSync(place));
  if (found !== undefined) return found;
  const remedy = platform === 'linux' ? 'sudo apt-get install chromium' : 'install Google Chrome';
  throw new UnsupportedError(`expected Chromium, Chrome or Edge, found none; ${remedy}, or set CHROME_PATH to one`);
}
