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
export { ProblemError } from './problems.ts';
export { NoContent, RawBody } from './routes.ts';
export type { LiftedJson } from './routes.ts';
export type { HttpServer } from './server-type.ts';
export { runService } from './service-process.ts';
export type { RunningService, ServiceProcess } from './service-process.ts';
export { openSessions } from './session-routes.ts';
export { createSessions } from './sessions.ts';
export { tokenAuthentication } from './tokens.ts';
