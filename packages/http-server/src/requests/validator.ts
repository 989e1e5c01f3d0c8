import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import { ProblemError } from '../problems/problem-error.ts';
import { countValues } from './count-values.ts';
import { findingsOf } from './findings.ts';
import { createMatcher } from './pattern-matcher.ts';

const maxFindings = 100;

/**
 * Bodies with more values get their first finding only: ajv would otherwise collect an error for each of millions
 * of wrong values before anything could cap them.
 */
const maxValuesForAllFindings = 20_000;

const strict: Options = {
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
export function createValidatorCompiler(atOnce: boolean): FastifySchemaCompiler<object> {
  const body = createValidators({ coerceTypes: false });
  const texts = createValidators({ coerceTypes: 'array' });
  return ({ schema, httpPart = 'body' }) => {
    const validators = httpPart === 'body' ? body : texts;
    let compiled: ValidateFunction | undefined = atOnce ? validators.first.compile(schema) : undefined;
    return (value: unknown) => {
      const fits = (compiled ??= validators.first.compile(schema));
      if (fits(value)) return true;
      const isSmall = countValues(value, maxValuesForAllFindings) <= maxValuesForAllFindings;
      const thorough = isSmall ? validators.all.compile(schema) : fits;
      if (isSmall) thorough(value);
      return { error: refusal(httpPart, thorough.errors ?? fits.errors ?? [], isSmall) };
    };
  };
}
