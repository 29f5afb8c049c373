/**
 * The embedded model, for tests that need a real one.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../src/checkpoint/config.ts';

export const embeddedFolder = fileURLToPath(new URL('../models/tiny-shakespeare/', import.meta.url));

export const embeddedConfig = parseConfig(readFileSync(`${embeddedFolder}config.json`, 'utf8'), 'config.json').config;
