/** Whether a value is an object with exactly these own members. */
export function hasExactly(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const present = Object.keys(value);
  return present.length === names.length && names.every((name) => Object.hasOwn(value, name));
}

/** Size in bytes of what a canonical base64url text stands for; undefined when it is none (RFC 4648 section 3.5). */
export function sizeOfBase64url(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.toString('base64url') === value ? bytes.length : undefined;
}
