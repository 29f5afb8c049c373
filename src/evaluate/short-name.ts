/**
 * Names of models where there is little room. Both ends stay: one says whose it is, the other which size.
 */

/** Letters of a name in a picture, at most. */
export const longestName = 26;

/** The name, or its two ends around `…`. */
export function shortName(name: string, most = longestName): string {
  const letters = [...name];
  if (letters.length <= most) return name;
  const tail = Math.ceil((most - 1) / 2);
  return `${letters.slice(0, most - 1 - tail).join('')}…${letters.slice(-tail).join('')}`;
}
