export type { FastifyReply as HttpReply, FastifyRequest as HttpRequest } from 'fastify';
export {
  authenticateApiKey,
  authenticationOf,
  firstKnown,
  generateApiKey,
  hasScope,
  isApiKey,
  requireScopes,
  sha256OfApiKey,
} from './authentication.ts';
export type { Authenticate, Principal } from './authentication.ts';
export { tokenAuthentication } from './authentication/token-variables.ts';
export { BindRefusedError, isLoopback, requireSafeBind } from './bind-guard.ts';
export { addJsonParser, completeBody } from './body.ts';
export type { ReceivedJson } from './body.ts';
export { decodeCursor, encodeCursor } from './cursor.ts';
export {
  formatEtag,
  isNotModified,
  parseIdempotencyKey,
  parsePrefer,
  preferenceApplied,
  requireIfMatch,
} from './headers.ts';
export type { HttpServerOptions, TagDescription } from './http-server-options.ts';
export { createHttpServer } from './http-server.ts';
export { runService } from './operations/run-service.ts';
export type { RunningService, ServiceProcess } from './operations/run-service.ts';
export { ProblemError } from './problems/problem-error.ts';
export { NoContent, RawBody } from './routes/body-schemas.ts';
export type { LiftedJson } from './routes/route-config.ts';
export type { HttpServer } from './server-type.ts';
export { openSessions } from './sessions/session-variables.ts';
export { createSessions } from './sessions/sessions.ts';
