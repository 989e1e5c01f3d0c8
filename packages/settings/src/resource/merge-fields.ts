/** Values for some fields of `T`; null asks for the default. */
export type FieldsPatch<T> = { readonly [Name in keyof T]?: T[Name] | null };

/**
 * One level of a JSON merge patch (RFC 7396): an absent field is kept, null resets to the default. Only fields that
 * have a default are taken over.
 */
export function mergeFields<T extends object>(current: T, patch: FieldsPatch<T>, defaults: T): T {
  const merged = { ...current };
  for (const name of Object.keys(defaults) as (keyof T)[]) {
    const value: T[keyof T] | null | undefined = patch[name];
    if (value !== undefined) merged[name] = value ?? defaults[name];
  }
  return merged;
}
