import { type TBoolean, type TInteger, type TString, Type } from '@sinclair/typebox';

/** A variable that holds text. The description stands in docs/configuration.md, which a test compares. */
export function textVariable(
  description: string,
  options: { readonly default?: string; readonly pattern?: string; readonly examples?: string[] } = {},
): TString {
  return Type.String({ description, ...options });
}

/** A variable that holds a whole number. */
export function integerVariable(
  description: string,
  options: { readonly default: number; readonly minimum: number; readonly maximum: number },
): TInteger {
  return Type.Integer({ description, ...options });
}

/** A variable that is `true` or `false`. */
export function switchVariable(description: string, defaultValue: boolean): TBoolean {
  return Type.Boolean({ description, default: defaultValue });
}

/**
 * A variable that holds a list, separated by commas; required where there is no default. Its items are checked by
 * whoever reads them.
 */
export function listVariable(description: string, defaultValue?: string): TString {
  const given = defaultValue === undefined ? {} : { default: defaultValue };
  return Type.String({ description: `${description} Separated by commas.`, ...given });
}
