/**
 * What stands for the package gpu.js in a page, by the import map of page.html: its bundle for browsers is no module, it
 * leaves a global.
 */
import { packageRoot } from '../package-root.ts';

interface Bundle {
  readonly GPU: unknown;
  readonly input: unknown;
}

await import(new URL('node_modules/gpu.js/dist/gpu-browser.js', packageRoot).href);

const bundle = (globalThis as unknown as { readonly GPU: Bundle }).GPU;

export const { GPU, input } = bundle;
// biome-ignore lint/style/noDefaultExport: stands for a CommonJS package, of which Node makes one
export default bundle;
