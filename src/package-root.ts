/**
 * The folder of this package, where models/, build/ and package.json lie: one folder above src/ when TypeScript itself
 * runs, two above dist/src/ when the built package does.
 */
export const packageRoot = new URL(import.meta.url.endsWith('.ts') ? '../' : '../../', import.meta.url);
