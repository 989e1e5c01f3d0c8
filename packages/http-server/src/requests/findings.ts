import { type Finding, finding, type FindingCode } from '@postausgang/contracts';
import type { ErrorObject } from 'ajv';
import { withoutUnionNoise } from './union-noise.ts';

/** When one value breaks several rules, the first of these is told. */
const order = [
  'wrong-type',
  'required',
  'unknown-field',
  'unknown-value',
  'control-character',
  'too-long',
  'too-short',
  'out-of-range',
  'wrong-format',
  'too-many',
  'too-few',
  'duplicate-entry',
] as const satisfies readonly FindingCode[];
type SchemaCode = (typeof order)[number];

const codeOfKeyword: Readonly<Record<string, SchemaCode>> = {
  type: 'wrong-type',
  enum: 'unknown-value',
  const: 'unknown-value',
  maxLength: 'too-long',
  minLength: 'too-short',
  maximum: 'out-of-range',
  minimum: 'out-of-range',
  exclusiveMaximum: 'out-of-range',
  exclusiveMinimum: 'out-of-range',
  maxItems: 'too-many',
  maxProperties: 'too-many',
  minItems: 'too-few',
  minProperties: 'too-few',
  uniqueItems: 'duplicate-entry',
  required: 'required',
  additionalProperties: 'unknown-field',
};

interface Located {
  readonly pointer: string;
  readonly code: SchemaCode;
}

/** A pointer to a field (RFC 6901 §3: ~ and / are escaped). */
function at(parent: string, field: unknown): string {
  return `${parent}/${String(field).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The patterns of the contracts that exclude control characters all begin with the exclusion of NUL. */
function codeOfPattern(pattern: unknown): SchemaCode {
  return String(pattern).startsWith('^[^\\u0000') ? 'control-character' : 'wrong-format';
}

function codeOf({ keyword, params }: ErrorObject): SchemaCode {
  return keyword === 'pattern'
    ? codeOfPattern(params['pattern'])
    : (codeOfKeyword[keyword] ?? 'wrong-format');
}

/** A field of a map (`metadata`, `headers`) that is refused because its name has not the form of a name. */
function codeOfUnknownField({ parentSchema }: ErrorObject): SchemaCode {
  const patterns: unknown = parentSchema?.['patternProperties'];
  if (typeof patterns !== 'object' || patterns === null) return 'unknown-field';
  return Object.keys(patterns).map(codeOfPattern)[0] ?? 'unknown-field';
}

function locateTag({ instancePath, params }: ErrorObject): Located {
  const pointer = at(instancePath, params['tag']);
  if (params['error'] === 'mapping') return { pointer, code: 'unknown-value' };
  return { pointer, code: params['tagValue'] === undefined ? 'required' : 'wrong-type' };
}

function locate(error: ErrorObject): Located | undefined {
  const { keyword, instancePath, params, propertyName } = error;
  if (keyword === 'propertyNames') return undefined;
  if (propertyName !== undefined) return { pointer: at(instancePath, propertyName), code: codeOf(error) };
  switch (keyword) {
    case 'required':
      return { pointer: at(instancePath, params['missingProperty']), code: 'required' };
    case 'additionalProperties':
      return { pointer: at(instancePath, params['additionalProperty']), code: codeOfUnknownField(error) };
    case 'uniqueItems':
      return { pointer: at(instancePath, Math.max(params['i'], params['j'])), code: 'duplicate-entry' };
    case 'discriminator':
      return locateTag(error);
    default:
      return { pointer: instancePath, code: codeOf(error) };
  }
}

/** The findings of ajv's errors: exactly one per wrong value, in the order ajv met them. */
export function findingsOf(errors: readonly ErrorObject[]): readonly Finding[] {
  const codes = new Map<string, SchemaCode>();
  for (const located of withoutUnionNoise(errors).map(locate)) {
    if (located === undefined) continue;
    const known = codes.get(located.pointer);
    if (known !== undefined && order.indexOf(known) <= order.indexOf(located.code)) continue;
    codes.set(located.pointer, located.code);
  }
  return [...codes].map(([pointer, code]) => finding(pointer, code));
}
