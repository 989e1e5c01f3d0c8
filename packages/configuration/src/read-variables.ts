import type { Static, TObject } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { ConfigurationError } from './configuration-error.ts';

/**
 * Reads the variables of a schema from an environment: texts become the schema's types, an absent or empty one its
 * default. Variables that the schema does not name are none of its business.
 *
 * @throws ConfigurationError that names every variable that is wrong.
 */
export function readVariables<T extends TObject>(
  schema: T,
  environment: Readonly<Record<string, string | undefined>>,
): Static<T> {
  const given = Object.fromEntries(
    Object.keys(schema.properties)
      .map((name) => [name, environment[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const values = Value.Default(schema, Value.Convert(schema, { ...given }));
  const messages = new Map(
    [...Value.Errors(schema, values)].map(({ path, message }) => [path.slice(1), message]),
  );
  const problems = Object.entries(schema.properties).flatMap(([name, { description = '' }]) => {
    const message = name in given ? messages.get(name) : messages.has(name) && 'is required';
    return message ? [`${name}: ${message} (${description})`] : [];
  });
  if (problems.length > 0) {
    throw new ConfigurationError(problems);
  }
  return values as Static<T>;
}
