/*
 * Values for a schema of the OpenAPI document: mostly such as it describes, some at its edges, some that it does not allow.
 */
import type { Chance } from './chance.ts';

export type Schema = Readonly<Record<string, unknown>>;
/** Follows a reference into the document. */
export type Resolve = (schema: Schema) => Schema;

const oddTexts = [
  '',
  ' ',
  'a b',
  'default',
  'ä€𝄞',
  '\u0000',
  'a\r\nb: c',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '%00',
  '-1',
  '1e999',
  'x'.repeat(300),
  '"; DROP TABLE mails; --',
  '2026-11-23T08:15:00Z',
  '2026-02-30T25:61:61Z',
  'kunde@example.com',
  'a@b.example c@d.example',
  'kunde@münchen.example',
  '127.0.0.1',
  '::1',
  'mail.acme.example',
  'https://login.acme.example',
  'https://a b',
  'http://127.0.0.1:1/x?y#z',
  'QUJD',
  '\ud800',
] as const;
/** What is wrong most often. */
const commonTexts = ['', 'a b', '::1', 'x', 'mail.acme.example', '127.0.0.1'] as const;
const oddNumbers = [0, 1, -1, 2, 25, 587, 65_536, 0.5, 1e21, -1e-9, 2 ** 31, 2 ** 53] as const;
const oddValues = [null, true, false, 0, 1.5, '', 'x', [], {}, [null], { a: 1 }, [[[[]]]]] as const;
const oddNames = ['x', '', '__proto__x', 'enabled', 'id', 'ä', 'X-Test'] as const;

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const schemasIn = (value: unknown): readonly Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);
const deepest = 8;

export function createValues(chance: Chance, resolve: Resolve, oddness: number) {
  const textFor = (schema: Schema): string => {
    const examples = Array.isArray(schema['examples']) ? schema['examples'] : [];
    const example = chance.pick(examples.filter((one) => typeof one === 'string'));
    if (example !== undefined && chance.happens(0.4)) return example;
    return chance.pick(chance.happens(0.5) ? commonTexts : oddTexts);
  };
  const numberFor = ({ minimum, maximum }: Schema): number => {
    const low = typeof minimum === 'number' ? minimum : 0;
    const high = typeof maximum === 'number' ? maximum : 1000;
    return chance.happens(0.2) ? chance.pick(oddNumbers) : low + chance.below(Math.max(1, high - low + 1));
  };
  const arrayFor = ({ items, minItems }: Schema, depth: number): unknown[] => {
    const least = typeof minItems === 'number' ? minItems : 0;
    const length = least + (chance.happens(0.5) ? chance.below(3) : 0);
    return Array.from({ length }, () => (isSchema(items) ? valueFor(items, depth + 1) : null));
  };
  const objectFor = (schema: Schema, depth: number): Record<string, unknown> => {
    const { properties, required, additionalProperties, patternProperties } = schema;
    const object: Record<string, unknown> = {};
    const needed = new Set(Array.isArray(required) ? required : []);
    for (const [name, property] of Object.entries(isSchema(properties) ? properties : {})) {
      const isWanted = needed.has(name) ? !chance.happens(oddness / 4) : chance.happens(0.4);
      if (isWanted && isSchema(property)) object[name] = valueFor(property, depth + 1);
    }
    const others = [
      ...Object.values(isSchema(patternProperties) ? patternProperties : {}),
      additionalProperties,
    ];
    for (const other of others) {
      if (isSchema(other) && chance.happens(0.5)) object[chance.pick(oddNames)] = valueFor(other, depth + 1);
    }
    if (chance.happens(oddness / 4)) object[chance.pick(oddNames)] = chance.pick(oddValues);
    return object;
  };
  const byType = (schema: Schema, depth: number): unknown => {
    const types = [schema['type']].flat();
    switch (chance.pick(types)) {
      case 'string':
        return textFor(schema);
      case 'integer':
      case 'number':
        return numberFor(schema);
      case 'boolean':
        return chance.happens(0.5);
      case 'array':
        return arrayFor(schema, depth);
      case 'object':
        return objectFor(schema, depth);
      case 'null':
        return null;
      default:
        return chance.pick(oddValues);
    }
  };
  function valueFor(given: Schema, depth = 0): unknown {
    const schema = resolve(given);
    if (depth > deepest || chance.happens(oddness)) return chance.pick(oddValues);
    const choices = [...schemasIn(schema['anyOf']), ...schemasIn(schema['oneOf'])];
    const choice = chance.pick(choices);
    if (choice !== undefined) return valueFor(choice, depth + 1);
    const { enum: fixed, const: constant, examples } = schema;
    if (constant !== undefined) return constant;
    if (Array.isArray(fixed)) return chance.pick(fixed);
    const isObjectExample = Array.isArray(examples) && schema['type'] === 'object' && chance.happens(0.4);
    return isObjectExample ? chance.pick(examples) : byType(schema, depth);
  }
  /** An example with some fields changed, or a value of its own. */
  const variant = (schema: Schema, examples: readonly unknown[]): unknown => {
    const example = chance.pick(examples);
    if (!isSchema(example) || chance.happens(0.25)) return valueFor(schema);
    const { properties } = resolve(schema);
    const fields = Object.entries(isSchema(properties) ? properties : {});
    const changed = { ...example };
    for (let changes = chance.pick([0, 1, 1, 2, 3, 6]); changes > 0; changes -= 1) {
      const [name, property] = chance.pick(fields) ?? [];
      if (name !== undefined && isSchema(property)) changed[name] = merged(changed[name], valueFor(property));
    }
    return changed;
  };
  const merged = (before: unknown, after: unknown): unknown =>
    isSchema(before) && isSchema(after) && chance.happens(0.7) ? { ...before, ...after } : after;
  return { valueFor: (schema: Schema) => valueFor(schema), variant, oddText: () => chance.pick(oddTexts) };
}
