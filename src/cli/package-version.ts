/**
 * This package's version.
 */
import { readFileSync } from 'node:fs';
import { packageRoot } from '../package-root.ts';

export function packageVersion(): string {
  const url = new URL('package.json', packageRoot);
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
}
