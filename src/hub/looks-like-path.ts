/**
 * What can only be a path, whatever is there: nobody asks the hub for it.
 */
export function looksLikePath(spec: string): boolean {
  return /^(?:[./~\\]|[A-Za-z]:[\\/])/.test(spec);
}
