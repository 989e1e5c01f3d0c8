import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyHttpOptions, LogController, type RawServerDefault } from 'fastify';
import { Registry } from 'prom-client';
import {
  authenticationOf,
  createRequestAuthentication,
  type RequestAuthentication,
  requireScopes,
} from './authentication.ts';
import { addJsonParser, requireAcceptedBody, requireBody } from './body.ts';
import { createFailedAuthenticationLimiter } from './failed-authentication-limiter.ts';
import { defaultTimeouts, type HttpServerOptions, type HttpTimeouts } from './http-server-options.ts';
import { addDocumentationRoutes, isSwaggerUiRoute } from './openapi/documentation-routes.ts';
import {
  addGracefulClose,
  addHealthRoutes,
  addMetricsRoute,
  createRequestMetrics,
  type GracefulClose,
  logRequest,
} from './operations.ts';
import { answerSocketError, createErrorHandler, problemOf, sendProblem } from './problems.ts';
import { createSerializerCompiler, requireDeclaredStatus, setResponseHeaders } from './responses.ts';
import { createRouteRules, createRouteTable, createUnroutedHandler } from './routes.ts';
import type { HttpServer } from './server-type.ts';
import { addSessionRoutes } from './session-routes.ts';
import { createValidatorCompiler } from './validation.ts';

function fastifyOptions(
  options: HttpServerOptions,
  timeouts: HttpTimeouts,
): FastifyHttpOptions<RawServerDefault> {
  const { logger, bodyLimitBytes = 1024 * 1024, trustedProxyHops = 0 } = options;
  const { requestMs, headersMs, keepAliveMs } = timeouts;
  return {
    ...(logger === false ? { logger: false } : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: bodyLimitBytes,
    trustProxy: (_address: string, hop: number) => hop < trustedProxyHops,
    genReqId: () => randomUUID(),
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    http: {
      headersTimeout: Math.min(headersMs, requestMs),
      connectionsCheckingInterval: Math.ceil(Math.min(5000, headersMs / 2, requestMs / 2)),
    },
    routerOptions: { maxParamLength: 500 },
    return503OnClosing: false,
    clientErrorHandler: answerSocketError,
    frameworkErrors: (error, request, reply) => {
      setResponseHeaders(request, reply);
      void sendProblem(reply, problemOf(error));
    },
  };
}

function createAuthentication(options: HttpServerOptions): RequestAuthentication {
  const { failedAuthentication = { failures: 20, windowMs: 60_000 }, now = Date.now, sessions } = options;
  const limiter = createFailedAuthenticationLimiter(failedAuthentication, now);
  return createRequestAuthentication(options.authenticate, limiter, sessions);
}

/** Decides about a request before its body is read. */
function addGate(
  app: HttpServer,
  authentication: RequestAuthentication,
  { refuseWhileStopping }: GracefulClose,
): void {
  const table = createRouteTable();
  const answerUnrouted = createUnroutedHandler(table);
  app.addHook('onRoute', table.add);
  app.decorateRequest('authentication', null);
  app.decorateRequest('principal', {
    getter() {
      return authenticationOf(this).principal;
    },
  });
  app.decorateRequest('isStillAuthenticated', function isStillAuthenticated() {
    return authentication.isStillValid(this);
  });
  app.addHook('onRequest', async (request, reply) => {
    setResponseHeaders(request, reply);
    refuseWhileStopping(request);
    if (request.is404) return answerUnrouted(request, reply);
    const { scopes } = request.routeOptions.config;
    if (scopes !== 'public') requireScopes(await authentication.authenticate(request), scopes);
    requireAcceptedBody(request);
  });
  app.setNotFoundHandler(answerUnrouted);
}

function addRequestRules(app: HttpServer, strict: boolean): void {
  app.removeAllContentTypeParsers();
  app.decorateRequest('receivedJson', null);
  addJsonParser(app, 'application/json');
  app.setValidatorCompiler(createValidatorCompiler(strict));
  app.addHook('preValidation', (request, _reply, done) => {
    requireBody(request);
    done();
  });
}

function addResponseRules(app: HttpServer, strict: boolean): void {
  app.setSerializerCompiler(createSerializerCompiler(app.log, strict));
  app.addHook('preSerialization', requireDeclaredStatus);
  app.setErrorHandler(createErrorHandler(strict));
}

function addRouteRules(app: HttpServer): void {
  const check = createRouteRules();
  app.addHook('onRoute', (route) => {
    if (!isSwaggerUiRoute(route)) check(route);
  });
}

/**
 * The HTTP side of a service: authentication, problems, validation, OpenAPI, health, metrics and a graceful close.
 * Routes are registered on the result, which does not listen yet. A route that breaks a rule (`config.scopes`,
 * `operationId`, `summary`, `tags`, response schemas, closed bodies) makes the registration throw.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { registry = new Registry(), strict = false, maxConnections = 2000 } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const app: HttpServer = Fastify(fastifyOptions(options, timeouts)).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxConnections = maxConnections;
  const close = addGracefulClose(app, timeouts.closeMs);
  addRouteRules(app);
  const authentication = createAuthentication(options);
  addGate(app, authentication, close);
  addRequestRules(app, strict);
  addResponseRules(app, strict);
  const observe = createRequestMetrics(registry);
  app.addHook('onResponse', (request, reply, done) => {
    observe(request, reply);
    logRequest(request, reply);
    done();
  });
  addDocumentationRoutes(app, options);
  addHealthRoutes(app, { isReady: options.isReady, isStopping: close.isStopping });
  addMetricsRoute(app, registry);
  if (options.sessions !== undefined) addSessionRoutes(app, options.sessions, authentication);
  return app;
}
