import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDeclared } from './problem-responses.ts';
import { ProblemError } from './problem-error.ts';
import { loggedError, problemOf } from './problem-of.ts';
import { sendProblem } from './send-problem.ts';

/** The code of the problem a request was answered with, for the log. */
const answered = new WeakMap<FastifyRequest, string>();

export function answeredProblem(request: FastifyRequest): string | undefined {
  return answered.get(request);
}

function withLimit(error: ProblemError, request: FastifyRequest): ProblemError {
  if (error.code !== 'body-too-large' || error.details.findings !== undefined) return error;
  const detail = `At most ${request.routeOptions.bodyLimit} bytes are accepted here.`;
  return new ProblemError('body-too-large', { detail });
}

/** Answers every error of a request as problem+json. With `strict` an undeclared problem becomes a 500. */
export function createErrorHandler(strict: boolean) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    let answer = withLimit(problemOf(error), request);
    if (!isDeclared(request.routeOptions, answer.code)) {
      const fields = { route: request.routeOptions.url, code: answer.code };
      request.log.error(fields, 'The route does not declare this problem');
      if (strict) answer = new ProblemError('internal-error');
    }
    if (answer.code === 'internal-error') {
      const fields = { requestId: request.id, route: request.routeOptions.url, error: loggedError(error) };
      request.log.error(fields, 'Request failed');
    }
    answered.set(request, answer.code);
    return sendProblem(reply, answer);
  };
}
