import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';

function isDeclared({ routeOptions }: FastifyRequest, status: number): boolean {
  const declared: unknown = routeOptions.schema?.response;
  return typeof declared === 'object' && declared !== null && Object.hasOwn(declared, status);
}

/** Refuses to send an object with a status that has no schema: nothing would decide what of it is sent. */
export function requireDeclaredStatus(
  request: FastifyRequest,
  reply: FastifyReply,
  _payload: unknown,
  done: HookHandlerDoneFunction,
): void {
  const { method, routeOptions } = request;
  if (isDeclared(request, reply.statusCode)) {
    done();
    return;
  }
  done(new Error(`${method} ${routeOptions.url ?? ''} declares no response ${reply.statusCode}`));
}
