import { readFile } from 'node:fs/promises';
import {
  type Static,
  type TBoolean,
  type TInteger,
  type TObject,
  type TString,
  Type,
} from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/** The environment does not hold a usable configuration. The message names every variable that is wrong, and why. */
export class ConfigurationError extends Error {
  readonly code = 'configuration-invalid';
  readonly problems: readonly string[];
  /** The variables with defaults in place of what is wrong, to look at what else is. */
  readonly usable: unknown;

  constructor(problems: readonly string[], usable?: unknown) {
    super(`The configuration is not valid:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigurationError';
    this.problems = problems;
    this.usable = usable;
  }
}

/**
 * Does everything that reads a part of the configuration, and tells what is wrong with all of them at once.
 *
 * @throws ConfigurationError with the problems of all; else the first other error.
 */
export async function together<Results extends readonly unknown[]>(
  ...reads: { readonly [Index in keyof Results]: () => Results[Index] | Promise<Results[Index]> }
): Promise<Results> {
  const settled = await Promise.allSettled(reads.map(async (read) => read()));
  const errors = settled.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  const problems = errors.flatMap((error) => (error instanceof ConfigurationError ? error.problems : []));
  if (problems.length > 0) throw new ConfigurationError([...new Set(problems)]);
  if (errors.length > 0) throw errors[0];
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : undefined)) as unknown as Results;
}

/**
 * The variables of a process, when all that reads them finds nothing wrong. What only the start can find, such as a folder
 * that cannot be written to, is left to it.
 *
 * @throws ConfigurationError that names every variable that is wrong, by itself or beside others.
 */
export async function readAllVariables<Variables>(
  read: () => Variables,
  checks: (variables: Variables) => readonly (() => unknown)[],
): Promise<Variables> {
  const { variables, problems } = readUsable(read);
  const found = await together(...checks(variables)).then(
    () => [],
    (error: unknown) => (error instanceof ConfigurationError ? error.problems : []),
  );
  const told = problems.map((problem) => problem.split(':', 1)[0] ?? '');
  const more = found.filter((problem) => !told.some((name) => problem.startsWith(name)));
  if (problems.length + more.length > 0) throw new ConfigurationError([...problems, ...more]);
  return variables;
}

function readUsable<Variables>(read: () => Variables): {
  readonly variables: Variables;
  readonly problems: readonly string[];
} {
  try {
    return { variables: read(), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error.usable === undefined) throw error;
    return { variables: error.usable as Variables, problems: error.problems };
  }
}

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
    const right = Object.entries(given).filter(([name]) => !messages.has(name));
    const rest = { ...emptyTexts(schema), ...Object.fromEntries(right) };
    throw new ConfigurationError(problems, Value.Default(schema, Value.Convert(schema, rest)));
  }
  return values as Static<T>;
}

/** What is required and has no default. */
function emptyTexts({ properties }: TObject): Readonly<Record<string, string>> {
  const names = Object.keys(properties).filter((name) => properties[name]?.['default'] === undefined);
  return Object.fromEntries(names.map((name) => [name, '']));
}

/**
 * A secret that stands in a variable, or in the file that a variable of the same name with `_FILE` behind it names; empty
 * where neither does. A line end at the end of the file does not count.
 *
 * @throws ConfigurationError, never with the secret in it.
 */
export async function readSecret(name: string, value: string, file: string): Promise<string> {
  if (file === '') return value;
  if (value !== '') {
    throw new ConfigurationError([`${name}, ${name}_FILE: only one of the two may be set`]);
  }
  return (await readNamedFile(`${name}_FILE`, file)).replace(/\r?\n$/, '');
}

/**
 * The text of the file that a variable names.
 *
 * @throws ConfigurationError that names the variable and the file.
 */
export async function readNamedFile(name: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ConfigurationError([`${name}: ${file} cannot be read (${code})`]);
  }
}

/** A variable that holds text. `npm run generate:reference` writes its description into docs/configuration.md. */
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
  return Type.String({ description: `${description} A list, separated by commas.`, ...given });
}
