import { inspect } from 'node:util';

/**
 * A secret in memory. Every way of printing it (template string, `JSON.stringify`, `util.inspect`, console,
 * as an error's cause) yields `[sealed]`; only {@link revealSecret} gives the value.
 */
export interface Secret {
  toString(): '[sealed]';
  toJSON(): '[sealed]';
}

const values = new WeakMap<Secret, string>();

const printed = (): '[sealed]' => '[sealed]';

/** Wraps a value so that it cannot be printed by accident. The value is kept outside the object, which is frozen. */
export function createSecret(value: string): Secret {
  const secret = Object.freeze({
    toString: printed,
    toJSON: printed,
    [Symbol.toPrimitive]: printed,
    [inspect.custom]: printed,
  });
  values.set(secret, value);
  return secret;
}

/**
 * The value of a secret, for the one place that sends or seals it.
 *
 * @throws TypeError when the object was not made by {@link createSecret}.
 */
export function revealSecret(secret: Secret): string {
  const value = values.get(secret);
  if (value === undefined) throw new TypeError('Not a secret made by createSecret');
  return value;
}
