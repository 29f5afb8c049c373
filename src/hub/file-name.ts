/**
 * Names from elsewhere that become paths in the cache: they must stay in it, on every system.
 */
import { HubError, quote } from './hub-error.ts';

/** Longest name of a file or folder that every usual file system takes, in bytes. */
const longestSegment = 255;

/**
 * Expects a relative path of plain names with / between them.
 * @param what names it in the error: `a revision`
 * @param where names the file that has it, if one does
 * @throws HubError `name` for "", "..", absolute paths, backslashes, colons (drives, streams), control characters, and
 * names that end in a dot or a space, which Windows drops
 */
export function expectSafePath(path: string, what: string, where?: string): void {
  if (path.split('/').every(isSafeSegment)) return;
  const place = where === undefined ? '' : `${where}: `;
  throw new HubError('name', `${place}expected ${what} that stays in its folder, got ${quote(path)}`);
}

function isSafeSegment(segment: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (segment === '' || /[\\:\u0000-\u001f\u007f*?"<>|]/.test(segment) || /[. ]$/.test(segment)) return false;
  return new TextEncoder().encode(segment).length <= longestSegment;
}
