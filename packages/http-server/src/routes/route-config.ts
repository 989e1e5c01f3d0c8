import type { ProblemCode, Scope } from '@postausgang/contracts';
import type { Principal } from '../authentication.ts';

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
  /** Takes large values out of JSON before it is parsed, where parsing them is not worth it; see `LiftedJson`. */
  readonly liftJson?: (json: Buffer) => LiftedJson | undefined;
}

/**
 * JSON without some of its values, which are texts without escapes; marks stand in their places. The body is validated
 * with the marks, so a schema must not look into what is taken out. `completeBody` gives the body without marks.
 */
export interface LiftedJson {
  readonly json: Buffer;
  /** Whether all marks stand where they may; if not, the JSON is parsed as it came. */
  fits(body: unknown): boolean;
  complete<Body extends object>(body: Body): Body;
}

declare module 'fastify' {
  interface FastifyContextConfig extends RouteConfig {}

  interface FastifyRequest {
    /** Who sends the request. Throws on a public route. */
    readonly principal: Principal;
    /** Whether its key, token or session would be accepted still: for answers that last. */
    readonly isStillAuthenticated: () => Promise<boolean>;
  }
}
