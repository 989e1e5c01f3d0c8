/**
 * All findings of a body at once. The schema looks at its form, the domain at its content, and the domain can only look at
 * what has the form. So where the form is wrong, the route looks at the content of the rest, and both are answered together.
 */
import type { FastifyRequest } from 'fastify';
import type { Finding } from '@postausgang/contracts';
import { ProblemError } from './problems.ts';

/** How a route looks at content before it is asked to act on it. */
export interface ContentCheck {
  /** Members of the body that are looked at member by member; of the others all is left out where something is wrong. */
  readonly parts: readonly string[];
  /** What is wrong with the content of a body that has the form, but for members that were left out. */
  findings(request: FastifyRequest, body: Readonly<Record<string, unknown>>): readonly Finding[];
}

/** The error, with what is wrong with the content of a body whose form is wrong as well. */
export function withContentFindings(error: unknown, request: FastifyRequest): unknown {
  const { content } = request.routeOptions.config;
  if (content === undefined || !(error instanceof ProblemError) || !isAboutBody(error)) return error;
  const { body } = request;
  const { findings: ofForm = [] } = error.details;
  if (!isObject(body) || ofForm.some(({ pointer }) => pointer === '')) return error;
  const left = content.findings(request, withoutWrong(body, ofForm, content.parts));
  const told = ofForm.map(({ pointer }) => pointer);
  const more = left.filter(
    ({ pointer }) => !told.some((one) => isWithin(one, pointer) || isWithin(pointer, one)),
  );
  return more.length === 0
    ? error
    : new ProblemError('request-invalid', { ...error.details, findings: [...ofForm, ...more] });
}

/** Fastify notes on the error of a validation which part of the request it is about. */
function isAboutBody(error: ProblemError): boolean {
  return error.code === 'request-invalid' && Reflect.get(error, 'validationContext') === 'body';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWithin(pointer: string, parent: string): boolean {
  return pointer === parent || pointer.startsWith(`${parent}/`);
}

function withoutWrong(
  body: Readonly<Record<string, unknown>>,
  findings: readonly Finding[],
  parts: readonly string[],
): Readonly<Record<string, unknown>> {
  const wrong = findings.map(({ pointer }) => pointer);
  const members = Object.entries(body).flatMap(([name, value]): [string, unknown][] => {
    if (!wrong.some((pointer) => isWithin(pointer, `/${name}`))) return [[name, value]];
    if (!parts.includes(name) || !isObject(value) || wrong.includes(`/${name}`)) return [];
    const kept = Object.entries(value).filter(
      ([inner]) => !wrong.some((pointer) => isWithin(pointer, `/${name}/${inner}`)),
    );
    return [[name, Object.fromEntries(kept)]];
  });
  return Object.fromEntries(members);
}
