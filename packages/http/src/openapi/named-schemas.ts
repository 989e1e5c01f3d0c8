import * as contracts from '@postausgang/contracts';
import type { TSchema } from '@sinclair/typebox';

function isSchema(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null && ('type' in value || 'oneOf' in value);
}

/** Every schema of the contracts by the name of its type: `AddressSchema` is `Address`. */
export function contractSchemas(): Record<string, TSchema> {
  const exported: [string, unknown][] = Object.entries(contracts);
  return Object.fromEntries(
    exported.flatMap(([name, value]): [string, TSchema][] =>
      name.endsWith('Schema') && isSchema(value) ? [[name.slice(0, -'Schema'.length), value]] : [],
    ),
  );
}
