/**
 * A file of the embedded model, wherever this runs: from the page's server, or, in Node, from the disk.
 */
const folder = new URL('../models/tiny-shakespeare/', import.meta.url);
const folderHere = new URL('../../../models/tiny-shakespeare/', import.meta.url);

export async function readModelFile(name: string): Promise<Uint8Array> {
  if (import.meta.url.startsWith('http')) {
    return new Uint8Array(await (await fetch(new URL(name, folder))).arrayBuffer());
  }
  const { readFile } = await import('node:fs/promises');
  return new Uint8Array(await readFile(new URL(name, folderHere)));
}
