/**
 * Where the two tokenizers know different versions of Unicode, and nothing else: the only characters on which they may
 * differ. A listed character is unassigned in the older version.
 */

/** Ranges of code points in hexadecimal, with the reason. */
export const unicodeVersions: readonly { readonly reason: string; readonly characters: string }[] = [
  {
    reason: 'letters (\\p{L}) of Unicode 17, which Node 20.20 has; the patterns of tokenizers 0.23.2 have Unicode 16',
    characters: `88f c5c cdc a7ce-a7cf a7d2 a7d4 a7f1 10940-10959 10ec5-10ec7 11db0-11ddb 16ea0-16eb8 16ebb-16ed3
      16ff2-16ff3 187f8-187ff 18d09-18d1e 18d80-18df2 1e6c0-1e6de 1e6e0-1e6e2 1e6e4-1e6e5 1e6e7-1e6ed 1e6f0-1e6f4
      1e6fe-1e6ff 2b73a-2b73f 2cea2-2cead 323b0-33479`,
  },
  { reason: 'numbers (\\p{N}) of Unicode 17', characters: '11de0-11de9 16ff4-16ff6' },
  {
    reason: 'combining classes and compositions since Unicode 10: the NFC of tokenizers 0.23.2 has Unicode 9',
    characters: `7fd 897-89f 8ca-8d3 9fe c3c d3b-d3c eba 1715 1abf-1add 1ae0-1aeb 1df6-1dfa a82c 105c9 105e4
      10d24-10d27 10d69-10d6d 10eab-10eac 10efa-10efb 10efd-10eff 10f46-10f50 10f82-10f85 11070 1133b 11383 11385 1138e
      11391 113c5 113c7-113c8 113ce-113d0 1145e 11839-1183a 11938 1193d-1193e 11943 119e0 11a34 11a47 11a99 11d42
      11d44-11d45 11d97 11f41-11f42 16121-16128 1612f 16d68-16d6a 16ff0-16ff1 1e08f 1e130-1e136 1e2ae 1e2ec-1e2ef
      1e4ec-1e4ef 1e5ee-1e5ef 1e6e3 1e6e6 1e6ee-1e6ef 1e6f5`,
  },
];

export const listedCharacters: readonly number[] = unicodeVersions
  .flatMap(({ characters }) => characters.split(/\s+/))
  .flatMap((range) => {
    const [first, last = first] = range.split('-').map((code) => Number.parseInt(code, 16)) as [number, number?];
    return Array.from({ length: last! - first + 1 }, (_, i) => first + i);
  })
  .sort((p, q) => p - q);

const listed = new Set(listedCharacters);

/** The text with an x for each listed character. */
export function withoutListed(text: string): string {
  return Array.from(text, (character) => (listed.has(character.codePointAt(0)!) ? 'x' : character)).join('');
}
