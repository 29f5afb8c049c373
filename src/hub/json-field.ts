/**
 * Looking into JSON from elsewhere without believing anything about it.
 */

/** The JSON value, or undefined when it is none. Duplicate keys do not matter here; whoever loads the file refuses them. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object's own property. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
