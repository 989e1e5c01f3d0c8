import { type ProblemCode, problemDefinitions, ProblemSchema } from '@postausgang/contracts';
import type { RouteConfig } from '../routes/route-config.ts';
import { problemMediaType } from './send-problem.ts';

/** The parts of a route that decide which problems it can answer with. */
export interface ProblemSource {
  readonly method?: string | readonly string[] | undefined;
  readonly url?: string | undefined;
  readonly config?: Partial<RouteConfig> | undefined;
  readonly schema?: { readonly body?: unknown; readonly params?: unknown } | undefined;
}

const everywhere: readonly ProblemCode[] = ['request-malformed', 'internal-error', 'stopping'];
const authenticated: readonly ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'cross-site-request',
  'identity-provider-unavailable',
  'rate-limited',
  'request-invalid',
];
const withBody: readonly ProblemCode[] = ['body-too-large', 'media-type-unsupported', 'request-timeout'];

/** What the server itself may answer before or beside the handler. */
function commonProblems({ config, schema, url }: ProblemSource): readonly ProblemCode[] {
  return [
    ...everywhere,
    ...(config?.scopes === 'public' ? [] : authenticated),
    ...(schema?.body === undefined ? [] : withBody),
    ...(url?.includes(':') === true ? (['uri-too-long'] as const) : []),
  ];
}

/** Every problem a route can answer with: the common ones and those of `config.problems`. */
export function problemsOf(route: ProblemSource): readonly ProblemCode[] {
  return [...new Set([...commonProblems(route), ...(route.config?.problems ?? [])])];
}

/** Refusals of the transport, which depend on what arrives rather than on the route. */
const anyRoute = new Set<ProblemCode>([...withBody, 'method-not-allowed', 'uri-too-long']);

/** Whether the OpenAPI document says that the route may answer with this problem. */
export function isDeclared(route: ProblemSource, code: ProblemCode): boolean {
  if (route.config?.scopes === undefined) return true;
  return anyRoute.has(code) || problemsOf(route).includes(code);
}

export interface ProblemResponse {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: typeof ProblemSchema }>>;
}

function describe(codes: readonly ProblemCode[]): string {
  return codes.map((code) => `\`${code}\`: ${problemDefinitions[code].title}`).join('\n\n');
}

/** Response schemas of the problems, by status. */
export function problemResponses(codes: readonly ProblemCode[]): Record<string, ProblemResponse> {
  const byStatus = Map.groupBy(codes, (code) => problemDefinitions[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [
      `${status}`,
      { description: describe(sameStatus), content: { [problemMediaType]: { schema: ProblemSchema } } },
    ]),
  );
}
