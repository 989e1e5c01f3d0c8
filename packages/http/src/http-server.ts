import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyHttpOptions, LogController, type RawServerDefault } from 'fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { type AccountSignIn, accountRoutes } from './account-sign-in.ts';
import { type Authenticate, authentication } from './authentication.ts';
import { basePath as basePathPlugin, withoutBasePath } from './base-path.ts';
import { bodies } from './body.ts';
import { type ConnectionLimits, connections } from './connections.ts';
import { withContentFindings } from './content-findings.ts';
import { createProxyTrust, oneHost, type ProxyTrust } from './forwarding.ts';
import { documentationRoutes } from './openapi/documentation-routes.ts';
import { gracefulClose, health, observation, type Readiness, versionRoute } from './operations.ts';
import type { HttpServer } from './plugin.ts';
import { problemPages } from './problem-pages.ts';
import { answerSocketError, problemOf, problems, sendProblem } from './problems.ts';
import type { RateLimit } from './rate-limiter.ts';
import { responses, setResponseHeaders } from './responses.ts';
import { routeRules, unrouted } from './routes.ts';
import { sessionRoutes, type Sessions } from './sessions.ts';
import { longestToken } from './tokens.ts';
import { validation } from './validation.ts';

/** How long the server waits for a client, and for itself while it closes. */
interface HttpTimeouts {
  /** For a whole request, body included. Answered with `request-timeout`. */
  readonly requestMs: number;
  /** For the head of a request. */
  readonly headersMs: number;
  /** For the first head of a connection, on which nobody is known yet. */
  readonly firstHeadMs: number;
  /** For the next request of an idle connection. */
  readonly keepAliveMs: number;
  /** For requests in flight while the server closes; then their connections are cut. */
  readonly closeMs: number;
}

/** A group of operations in the OpenAPI document. */
export interface TagDescription {
  readonly name: string;
  readonly description: string;
}

export interface HttpServerOptions extends ProxyTrust {
  /** Title, version and description of the OpenAPI document. The description is CommonMark. */
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly tags?: readonly TagDescription[];
  /** One line per request with an allow-list of fields; see `operations.ts`. */
  readonly logger: Logger | false;
  /** Looks up the token of `Authorization: Bearer`. Undefined: nobody knows this token. */
  readonly authenticate: Authenticate;
  /** Lets people sign in with a browser: adds `/v1/session`, and takes its cookie where there is no header. */
  readonly sessions?: Sessions;
  /** Lets people sign in with the account of their company, too. Needs `sessions`. */
  readonly account?: AccountSignIn | undefined;
  /** Headers of every answer, which say what is unusual about this service at the moment. */
  readonly stateHeaders?: () => Readonly<Record<string, string>>;
  /** What `/health/ready` answers. */
  readonly isReady: () => Promise<Readiness> | Readiness;
  /** Largest body where a route names no `bodyLimit` of its own. Default 1 MiB. */
  readonly bodyLimitBytes?: number;
  readonly timeouts?: Partial<HttpTimeouts>;
  /** Open connections; more are dropped. Default 2000. */
  readonly maxConnections?: number;
  /** How many connections may be open on which nobody was authenticated. Default 100 from one address, 500 from all. */
  readonly connectionLimits?: Partial<Omit<ConnectionLimits, 'firstHeadMs'>>;
  /** After how many failures within which time a client with bad credentials gets `rate-limited`. */
  readonly failedAuthentication?: RateLimit;
  /** Where `/metrics` reads; services register their own metrics there. Default: a new one. */
  readonly registry?: Registry;
  /**
   * What needs no credentials beside the health checks: `metrics`, and `docs` with the OpenAPI document and the problems.
   * The rest of the two needs any that are valid. Default: both are open.
   */
  readonly anonymousRoutes?: string;
  /** See `base-path.ts`. Default: the root. */
  readonly basePath?: string;
  /**
   * For tests: a response that does not fit its schema, or an undeclared problem, becomes a 500, and a schema that ajv
   * refuses is found when its route is registered, not when it is first asked.
   */
  readonly strict?: boolean;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/** The longest access token, in a header or sealed in cookies, and as much again as other headers usually have. */
const maxHeaderBytes = longestToken + 3 * 1024;

const defaultTimeouts: HttpTimeouts = {
  requestMs: 120_000,
  headersMs: 30_000,
  firstHeadMs: 10_000,
  keepAliveMs: 65_000,
  closeMs: 10_000,
};

/** What a proxy or a client calls its request, where that can stand in a header and in a log; otherwise a new id. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:/+=@-]{1,128}$/.test(given) ? given : randomUUID();
}

function fastifyOptions(
  options: HttpServerOptions,
  timeouts: HttpTimeouts,
): FastifyHttpOptions<RawServerDefault> {
  const { logger, bodyLimitBytes = 1024 * 1024, basePath = '' } = options;
  const { requestMs, headersMs, keepAliveMs } = timeouts;
  return {
    ...(logger === false ? { logger: false } : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: bodyLimitBytes,
    trustProxy: createProxyTrust(options),
    genReqId: requestIdOf,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    http: {
      maxHeaderSize: maxHeaderBytes,
      // Checked where it can be answered with a problem.
      requireHostHeader: false,
      headersTimeout: Math.min(headersMs, requestMs),
      connectionsCheckingInterval: Math.ceil(Math.min(5000, headersMs / 2, requestMs / 2)),
    },
    ...(basePath === '' ? {} : { rewriteUrl: withoutBasePath(basePath) }),
    routerOptions: { maxParamLength: 500 },
    return503OnClosing: false,
    clientErrorHandler: answerSocketError,
    frameworkErrors: (error, request, reply) => {
      setResponseHeaders(request, reply);
      void sendProblem(reply, problemOf(error));
    },
  };
}

/** Behind a proxy all come from one address, so only the limit for all counts. */
function limitsOf(
  { connectionLimits = {}, trustedProxyHops = 0 }: HttpServerOptions,
  { firstHeadMs }: HttpTimeouts,
): ConnectionLimits {
  const { unproven = 500, unprovenPerAddress = trustedProxyHops > 0 ? unproven : 100 } = connectionLimits;
  return { unproven, unprovenPerAddress, firstHeadMs };
}

/**
 * The HTTP side of a service, from plugins: authentication, problems, validation, OpenAPI, health, metrics and a graceful
 * close. Routes are registered on the result, which does not listen yet. A route that breaks a rule (`config.scopes`,
 * `operationId`, `summary`, `tags`, response schemas, closed bodies) makes the registration throw.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const {
    registry = new Registry(),
    strict = false,
    maxConnections = 2000,
    sessions,
    now = Date.now,
  } = options;
  const { failedAuthentication: failures = { max: 20, windowMs: 60_000 } } = options;
  const anonymous = (options.anonymousRoutes ?? 'metrics,docs').split(',');
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const app: HttpServer = Fastify(fastifyOptions(options, timeouts)).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxConnections = maxConnections;
  await app.register(routeRules, {});
  await app.register(basePathPlugin, { basePath: options.basePath ?? '' });
  await app.register(responses, { strict, stateHeaders: options.stateHeaders });
  await app.register(problems, { strict, complete: withContentFindings });
  await app.register(gracefulClose, { closeMs: timeouts.closeMs });
  await app.register(oneHost, {});
  await app.register(unrouted, {});
  await app.register(authentication, { authenticate: options.authenticate, sessions, failures, now });
  await app.register(connections, limitsOf(options, timeouts));
  await app.register(bodies, {});
  await app.register(validation, { strict });
  const docs = { isOpen: anonymous.includes('docs') };
  await app.register(documentationRoutes, { ...options, ...docs });
  await app.register(problemPages, docs);
  await app.register(observation, { registry, isOpen: anonymous.includes('metrics') });
  await app.register(versionRoute, { version: options.version, ...docs });
  await app.register(health, { isReady: options.isReady });
  if (sessions !== undefined) {
    const { account } = options;
    await app.register(sessionRoutes, { sessions, rules: account });
    await app.register(accountRoutes, { sessions, account, now });
  }
  return app;
}
