import { problem, problemDefinitions } from '@postausgang/contracts';
import type { FastifyReply } from 'fastify';
import type { ProblemError } from './problem-error.ts';

export const problemMediaType = 'application/problem+json';

/** Sends the problem. As bytes, so that no response schema of the route gets hold of it. */
export function sendProblem(reply: FastifyReply, error: ProblemError): FastifyReply {
  const body = JSON.stringify(problem(error.code, error.details));
  return reply
    .code(problemDefinitions[error.code].status)
    .headers(error.headers)
    .type(problemMediaType)
    .send(Buffer.from(body));
}
