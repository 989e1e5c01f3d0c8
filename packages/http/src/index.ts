export type { FastifyReply as HttpReply, FastifyRequest as HttpRequest } from 'fastify';
export { openSignIn, readAccountSettings } from './account-sign-in.ts';
export type { AccountOffer } from './account-sign-in.ts';
export { createVouchers } from './account-voucher.ts';
export {
  authenticationOf,
  firstKnown,
  generateApiKey,
  hasScope,
  isApiKey,
  keyAuthentication,
  requireScopes,
  sha256OfApiKey,
} from './authentication.ts';
export type { Authenticate, Principal } from './authentication.ts';
export type { ContentCheck } from './content-findings.ts';
export { addJsonParser, completeBody, withFieldsInFront } from './body.ts';
export type { ReceivedJson } from './body.ts';
export { listenOn } from './connections.ts';
export { proxyTrustOf } from './forwarding.ts';
export {
  formatEtag,
  isNotModified,
  parseIdempotencyKey,
  parsePrefer,
  preferredLanguage,
  preferenceApplied,
  requireIfMatch,
} from './headers.ts';
export type { Language } from './headers.ts';
export { createHttpServer } from './http-server.ts';
export type { TagDescription } from './http-server.ts';
export {
  addEnvironmentMetric,
  addProcessMetrics,
  addRefusedRecordsMetric,
  sendingChecks,
  sendingHeaders,
} from './operations.ts';
export type { SendingState } from './operations.ts';
export type { HttpPlugin, HttpServer } from './plugin.ts';
export { ProblemError } from './problems.ts';
export { createFormCheck } from './validation.ts';
export { createRateLimiter } from './rate-limiter.ts';
export type { RateLimiter } from './rate-limiter.ts';
export { NoContent, RawBody, withHeaders } from './routes.ts';
export { isLoopback, requireSafeBind, runService } from './service-process.ts';
export type { RunningService, ServiceProcess } from './service-process.ts';
export { openSessionKey, sessionsOf } from './sessions.ts';
export { tokenAuthentication } from './tokens.ts';
export type { SessionEndings } from './sessions.ts';
