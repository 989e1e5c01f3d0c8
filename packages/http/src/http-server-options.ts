import type { TSchema } from '@sinclair/typebox';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Authenticate } from './authentication.ts';
import type { FailureLimit } from './failed-authentication-limiter.ts';
import type { Readiness } from './operations.ts';
import type { Sessions } from './sessions.ts';

/** How long the server waits for a client, and for itself while it closes. */
export interface HttpTimeouts {
  /** For a whole request, body included. Answered with `request-timeout`. */
  readonly requestMs: number;
  /** For the head of a request. */
  readonly headersMs: number;
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

export interface HttpServerOptions {
  /** Title, version and description of the OpenAPI document. The description is CommonMark. */
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly tags?: readonly TagDescription[];
  /** One line per request with an allow-list of fields; see `operations/request-log.ts`. */
  readonly logger: Logger | false;
  /** Looks up the token of `Authorization: Bearer`. Undefined: nobody knows this token. */
  readonly authenticate: Authenticate;
  /** Lets people sign in with a browser: adds `/v1/session`, and takes its cookie where there is no header. */
  readonly sessions?: Sessions;
  /** What `/health/ready` answers. */
  readonly isReady: () => Promise<Readiness> | Readiness;
  /** Largest body where a route names no `bodyLimit` of its own. Default 1 MiB. */
  readonly bodyLimitBytes?: number;
  readonly timeouts?: Partial<HttpTimeouts>;
  /** Open connections; more are dropped. Default 2000. */
  readonly maxConnections?: number;
  /** Proxies in front whose `X-Forwarded-For` is believed. Default 0: the peer address is the client. */
  readonly trustedProxyHops?: number;
  /** After how many failures within which time a client with bad credentials gets `rate-limited`. */
  readonly failedAuthentication?: FailureLimit;
  /** Where `/metrics` reads; services register their own metrics there. Default: a new one. */
  readonly registry?: Registry;
  /** Further schemas to appear by name in the OpenAPI document. All of the contracts do already. */
  readonly schemas?: Readonly<Record<string, TSchema>>;
  /**
   * For tests: a response that does not fit its schema, or an undeclared problem, becomes a 500, and a schema that ajv
   * refuses is found when its route is registered, not when it is first asked.
   */
  readonly strict?: boolean;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

export const defaultTimeouts: HttpTimeouts = {
  requestMs: 120_000,
  headersMs: 30_000,
  keepAliveMs: 65_000,
  closeMs: 10_000,
};
