import type { ProblemCode, Scope } from '@postausgang/contracts';
import type { Principal } from '../authentication/principal.ts';

/** What every route says in `config`, beside Fastify's own. */
export interface RouteConfig {
  /** All of these are needed. `public`: no authentication. */
  readonly scopes: readonly Scope[] | 'public';
  /**
   * The problems its handler can answer with; each becomes a response in the OpenAPI document. They stand here and
   * not in `schema.response`, so that the type of what the handler returns is that of its successes.
   */
  readonly problems?: readonly ProblemCode[];
  /** A missing body is read as `{}`. */
  readonly optionalBody?: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig extends RouteConfig {}

  interface FastifyRequest {
    /** Who sends the request. Throws on a public route. */
    readonly principal: Principal;
  }
}
