import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import {
  type Finding,
  finding,
  type FindingCode,
  type FindingParams,
  isInstantPattern,
} from '@postausgang/contracts';
import { serverPlugin } from './plugin.ts';
import { ProblemError } from './problems.ts';

/** Whether a JSON document holds few values, itself included, and little text; stops looking above the limits. */
function isSmallDocument(document: unknown): boolean {
  const open: unknown[] = [document];
  let count = 0;
  let chars = 0;
  while (open.length > 0) {
    const value = open.pop();
    count += 1;
    if (typeof value === 'string') chars += value.length;
    if (count > maxValuesForAllFindings || chars > maxCharsForAllFindings) return false;
    if (typeof value !== 'object' || value === null) continue;
    for (const inner of Object.values(value)) {
      if (open.length > maxValuesForAllFindings) return false;
      open.push(inner);
    }
  }
  return true;
}

/** A pattern that forbids one character and nothing else: `^[^\\u0000]*$`. */
const withoutOne = /^\^\[\^(\\u[0-9A-Fa-f]{4})\]\*\$$/;

interface Matcher {
  test(text: string): boolean;
  /** Ajv's key of it: unlike that of any other pattern. */
  toString(): string;
}

/**
 * What matches the `pattern` of a schema. Texts may be as long as a request, and to look for one character takes a
 * fortieth of the time of an expression that looks at every one.
 */
export const createMatcher = Object.assign(matcherOf, { code: 'new RegExp' });

function matcherOf(pattern: string, flags: string): Matcher {
  const forbidden = withoutOne.exec(pattern)?.[1];
  if (forbidden === undefined) return new RegExp(pattern, flags);
  const occurs = new RegExp(forbidden, flags);
  return { test: (text) => !occurs.test(text), toString: () => `not ${occurs}` };
}

function isUnion({ keyword }: ErrorObject): boolean {
  return keyword === 'anyOf' || keyword === 'oneOf';
}

function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

function belongsTo(error: ErrorObject, union: ErrorObject): boolean {
  return isWithin(error.schemaPath, union.schemaPath) && isWithin(error.instancePath, union.instancePath);
}

/** A branch is of another kind when the value itself, not something in it, has the wrong type for it. */
function isOtherKind(errors: readonly ErrorObject[], union: ErrorObject): boolean {
  return errors.some(
    ({ keyword, instancePath }) => keyword === 'type' && instancePath === union.instancePath,
  );
}

/** The errors of the branch the value was most likely meant for: one of its kind, with the fewest errors. */
function likeliestBranch(errors: readonly ErrorObject[], union: ErrorObject): readonly ErrorObject[] {
  const branchOf = ({ schemaPath }: ErrorObject): string =>
    schemaPath.slice(union.schemaPath.length + 1).split('/')[0] ?? '';
  const branches = [...Map.groupBy(errors, branchOf)].toSorted(([a], [b]) => Number(a) - Number(b));
  const ofItsKind = branches.filter(([, its]) => !isOtherKind(its, union));
  const candidates = ofItsKind.length > 0 ? ofItsKind : branches.slice(0, 1);
  const [likeliest] = candidates.toSorted(([, a], [, b]) => a.length - b.length);
  return likeliest?.[1] ?? [union];
}

/**
 * Reduces every failed `anyOf` and `oneOf` to the errors of one branch. ajv reports the errors of all branches and
 * then the one of the union itself, so a single pass with a stack finds them, inner unions first.
 */
function withoutUnionNoise(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const kept: ErrorObject[] = [];
  for (const error of errors) {
    if (!isUnion(error)) {
      kept.push(error);
      continue;
    }
    const start = 1 + kept.findLastIndex((other) => !belongsTo(other, error));
    kept.push(...likeliestBranch(kept.splice(start), error));
  }
  return kept;
}

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
  readonly params?: FindingParams | undefined;
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

function locateTag({ instancePath, params, parentSchema }: ErrorObject): Located {
  const pointer = at(instancePath, params['tag']);
  const variants: readonly ErrorObject['parentSchema'][] = parentSchema?.['oneOf'] ?? [];
  const allowed = variants.map((variant) => variant?.['properties']?.[params['tag']]?.const);
  if (params['error'] === 'mapping') return { pointer, code: 'unknown-value', params: { allowed } };
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
      return { pointer: instancePath, code: codeOf(error), params: paramsOf(error) };
  }
}

const keywordsWithLimit = new Set([
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
] as const satisfies readonly (keyof FindingParams)[]);

/** What the value has to be, by the rule that it breaks. */
function paramsOf({ keyword, params }: ErrorObject): FindingParams | undefined {
  if (keyword === 'type') return { type: [params['type']].flat().join(' or ') };
  if (keyword === 'enum') return { allowed: params['allowedValues'] };
  if (keyword === 'const') return { allowed: [params['allowedValue']] };
  if (keyword === 'pattern') {
    const { pattern } = params;
    return isInstantPattern(pattern) ? { format: 'date-time' } : { pattern: String(pattern) };
  }
  const limit = keywordsWithLimit.values().find((one) => one === keyword);
  return limit === undefined ? undefined : { [limit]: params['limit'] };
}

/** The findings of ajv's errors: exactly one per wrong value, in the order ajv met them. */
function findingsOf(errors: readonly ErrorObject[]): readonly Finding[] {
  const found = new Map<string, Located>();
  for (const located of withoutUnionNoise(errors).map(locate)) {
    if (located === undefined) continue;
    const known = found.get(located.pointer);
    if (known !== undefined && order.indexOf(known.code) <= order.indexOf(located.code)) continue;
    found.set(located.pointer, located);
  }
  return [...found.values()].map(({ pointer, code, params }) => finding(pointer, code, params));
}

const maxFindings = 100;

/**
 * Bodies with more values get their first finding only: ajv would otherwise collect an error for each of millions
 * of wrong values before anything could cap them.
 */
const maxValuesForAllFindings = 20_000;

/** With more text they do too: every rule of a text looks at all of it. */
const maxCharsForAllFindings = 4 * 1024 * 1024;

const strict: Options = {
  // A name of ours for the OpenAPI document; ajv would take it for the address of a schema.
  schemaId: 'id',
  strict: true,
  strictTypes: false,
  strictRequired: false,
  removeAdditional: false,
  discriminator: true,
  code: { regExp: createMatcher },
};

interface Validators {
  /** Stops at the first error. Used for every request. */
  readonly first: Ajv;
  /** Collects all errors. Compiled for a schema when a request does not fit it for the first time. */
  readonly all: Ajv;
}

function createValidators(options: Options): Validators {
  return {
    first: new Ajv({ ...strict, ...options }),
    all: new Ajv({ ...strict, ...options, allErrors: true, verbose: true }),
  };
}

/** Where the pointers of the findings point into; said in `detail`, as pointers alone mean the body. */
const partNames: Readonly<Record<string, string>> = {
  querystring: 'query',
  params: 'path',
  headers: 'headers',
};

function detailOf(httpPart: string, notes: readonly string[]): string | undefined {
  const part = partNames[httpPart];
  const all = part === undefined ? notes : [`The findings point into the ${part}.`, ...notes];
  return all.length === 0 ? undefined : all.join(' ');
}

function refusal(httpPart: string, errors: readonly ErrorObject[], isComplete: boolean): ProblemError {
  const findings = findingsOf(errors);
  const notes = [
    ...(isComplete ? [] : ['The request is so large that only the first finding is listed.']),
    ...(findings.length > maxFindings ? [`Only the first ${maxFindings} findings are listed.`] : []),
  ];
  const detail = detailOf(httpPart, notes);
  return new ProblemError('request-invalid', {
    ...(detail === undefined ? {} : { detail }),
    findings: findings.slice(0, maxFindings),
  });
}

/**
 * Schemas are compiled when their route is asked for the first time (the largest takes
 * some 30 ms), since most routes of an installation never are; with `atOnce` at registration, where a wrong one is found.
 *
 * Bodies are taken as they are; the strings of query, path and headers are turned into numbers, booleans and
 * arrays as their schema says. Nothing unknown is dropped. What does not fit is `request-invalid` with findings:
 * their pointers point into the body, or into the part that `detail` names (`/limit` of the query).
 */
function createValidatorCompiler(atOnce: boolean): FastifySchemaCompiler<object> {
  const body = createValidators({ coerceTypes: false });
  const texts = createValidators({ coerceTypes: 'array' });
  return ({ schema, httpPart = 'body' }) => {
    const validators = httpPart === 'body' ? body : texts;
    let compiled: ValidateFunction | undefined = atOnce ? validators.first.compile(schema) : undefined;
    return (value: unknown) => {
      const fits = (compiled ??= validators.first.compile(schema));
      if (fits(value)) return true;
      const isSmall = isSmallDocument(value);
      const thorough = isSmall ? validators.all.compile(schema) : fits;
      if (isSmall) thorough(value);
      return { error: refusal(httpPart, thorough.errors ?? fits.errors ?? [], isSmall) };
    };
  };
}

/** Says what is wrong with the form of a value that did not come over HTTP, as if it had been a body. */
export function createFormCheck(schema: object): (value: unknown) => readonly Finding[] {
  const check = createValidatorCompiler(false)({ schema, method: 'POST', url: '/' });
  return (value) => {
    const verdict: unknown = check(value);
    const { error }: { readonly error?: unknown } = Object(verdict);
    return error instanceof ProblemError ? (error.details.findings ?? []) : [];
  };
}

/** See above; `strict` compiles a schema when its route is registered. */
export const validation = serverPlugin<{ readonly strict: boolean }>(
  'validation',
  ['problems'],
  async (app, { strict }) => {
    app.setValidatorCompiler(createValidatorCompiler(strict));
  },
);
