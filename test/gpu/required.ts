/**
 * What a machine lacks is said aloud; what REQUIRE names must not be lacking.
 */

/** Whether it is missing although it must not be; what may be missing is only told. */
export function absent(name: string, reason: string | undefined): boolean {
  if (reason === undefined) return false;
  process.stderr.write(`ABSENT: ${name}: ${reason}; what needs it did not run\n`);
  return (process.env.REQUIRE ?? '').split(',').includes(name);
}
