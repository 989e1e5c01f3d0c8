/*
 * The routes of the sign-in with the account of the company. A sign-in that has begun is remembered by the browser alone: state,
 * nonce and proof key, sealed into a cookie for ten minutes, so that any process can go on with it. The answer of the provider
 * counts once, and only in the browser that has asked for it.
 *
 * Both routes are opened by a browser that follows a link. It is led back to the page, also with a problem; others get the problem.
 */
import { Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type AccountVariables,
  ConfigurationError,
  readSecret,
  type ServerVariables,
  type SessionVariables,
  type TokenVariables,
} from '@postausgang/configuration';
import { closed } from '@postausgang/contracts';
import {
  type AccountProvider,
  type AccountSettings,
  createAccountProvider,
  type ProviderParts,
  SignInError,
} from './account-provider.ts';
import { createVouchers, isVoucher } from './account-voucher.ts';
import { firstKnown } from './authentication.ts';
import { clientAddressOf } from './forwarding.ts';
import { prefersHtml } from './headers.ts';
import { serverPlugin } from './plugin.ts';
import { ProblemError } from './problems.ts';
import { createRateLimiter, type RateLimit } from './rate-limiter.ts';
import { createPendingSignIns, type PendingSignIns } from './session-cookie.ts';
import type { Sessions, SignInRules } from './sessions.ts';
import { claimRulesOf, tokenAuthentication } from './tokens.ts';

/** How people sign in: `offered` beside keys, or `only`, when keys are for emergencies. */
export type AccountOffer = 'none' | 'offered' | 'only';

export interface AccountSignIn extends Pick<AccountProvider, 'begin' | 'finish'>, SignInRules {
  readonly offer: Exclude<AccountOffer, 'none'>;
  /** Where people open the page, without a slash at the end; undefined where nothing says so that can be believed. */
  publicUrlOf(request: FastifyRequest): string | undefined;
  readonly pending: PendingSignIns;
}

type Variables = AccountVariables & ServerVariables & SessionVariables & TokenVariables;

/**
 * The sign-in as the variables want it; undefined where there is none.
 *
 * @throws ConfigurationError
 */
export async function readAccountSettings(variables: Variables) {
  const { OIDC_CLIENT_ID: clientId, OIDC_ISSUER: issuer, PUBLIC_URL: publicUrl } = variables;
  const problems = problemsOf(variables);
  if (problems.length > 0) throw new ConfigurationError(problems);
  const { OIDC_CLIENT_SECRET: secret, OIDC_CLIENT_SECRET_FILE: file } = variables;
  const clientSecret = await readSecret('OIDC_CLIENT_SECRET', secret, file);
  if (clientId === '') return undefined;
  const settings: AccountSettings = {
    ...claimRulesOf(variables),
    issuer,
    clientId,
    clientSecret,
    scope: variables.OIDC_SCOPES,
    longestMs: variables.SESSION_HOURS * 3_600_000,
  };
  return {
    settings,
    offer: variables.OIDC_ONLY ? ('only' as const) : ('offered' as const),
    publicUrl: publicUrl === '' ? undefined : publicUrl.replace(/\/$/, ''),
    secure: variables.BEHIND_PROXY,
    basePath: variables.BASE_PATH,
  };
}

function* brokenRules(variables: Variables): Generator<string> {
  const { OIDC_CLIENT_ID: clientId, OIDC_ISSUER: issuer, PUBLIC_URL: publicUrl } = variables;
  const path = publicUrl === '' ? undefined : new URL(publicUrl).pathname.replace(/\/$/, '');
  if (path !== undefined && path !== variables.BASE_PATH) {
    yield `PUBLIC_URL: its path is ${path === '' ? 'empty' : path}, but BASE_PATH says otherwise`;
  }
  if (clientId === '') {
    if (variables.OIDC_ONLY) yield 'OIDC_ONLY: nobody could sign in without OIDC_CLIENT_ID';
    return;
  }
  if (issuer === '') yield 'OIDC_CLIENT_ID: OIDC_ISSUER is missing';
  if (variables.BEHIND_PROXY && publicUrl === '') {
    yield 'PUBLIC_URL: with OIDC_CLIENT_ID behind a proxy, it says where the provider sends people back to';
  }
  if (!variables.OIDC_SCOPES.split(' ').includes('openid')) yield 'OIDC_SCOPES: openid is missing';
}

const problemsOf = (variables: Variables): readonly string[] => [...brokenRules(variables)];

type ReadSettings = NonNullable<Awaited<ReturnType<typeof readAccountSettings>>>;

interface SignInKeys {
  /** Seals what browsers keep; the same for all processes that share sessions. */
  readonly sessionKey: Uint8Array;
  /** Of all processes that have to know who has signed in: over Kafka, the keys of the log. */
  readonly voucherKeys: Parameters<typeof createVouchers>[0];
}

/**
 * Every way in beside API keys: access tokens, and the account of the company.
 *
 * @throws ConfigurationError
 */
export async function openSignIn(variables: Variables, keys: SignInKeys, now: () => Date) {
  const { sessionKey, voucherKeys } = keys;
  const tokens = tokenAuthentication(variables, now);
  const settings = await readAccountSettings(variables);
  const vouchers = createVouchers(voucherKeys, now);
  const account = settings && createAccountSignIn(settings, { sessionKey, vouchers, tokens, now });
  return { sessionKey, account, authenticate: firstKnown(vouchers.authenticate, tokens) };
}

/** @param sessionKey seals what a browser remembers of a sign-in; the same for all processes that share sessions */
function createAccountSignIn(
  { settings, offer, publicUrl, ...cookie }: ReadSettings,
  { sessionKey, ...parts }: ProviderParts & { readonly sessionKey: Uint8Array },
): AccountSignIn {
  const { begin, finish, endAddress } = createAccountProvider(settings, parts);
  const publicUrlOf = (request: FastifyRequest) => publicUrl ?? ownAddress(request);
  return {
    begin,
    finish,
    offer,
    publicUrlOf,
    pending: createPendingSignIns({ key: sessionKey, ...cookie, now: () => parts.now().getTime() }),
    onlyAdministratorKeys: offer === 'only',
    async endAddressOf(request, credential) {
      const address = publicUrlOf(request);
      return address === undefined || !isVoucher(credential) ? undefined : endAddress(`${address}/`);
    },
  };
}

const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** Only this machine is believed: elsewhere a forged Host would lead people away. */
function ownAddress({ headers: { host = '' }, server }: FastifyRequest): string | undefined {
  return loopbackHost.test(host) ? `http://${host}${server.basePath}` : undefined;
}

const callbackPath = '/v1/session/oidc/callback';
const noPublicUrl =
  'PUBLIC_URL is not set, so people sign in with their account on the machine of the service only.';

/** The page, which has one path only, and what it shows. */
const returnToForm = '^/([?#][^\\\\\\u0000-\\u0020\\u007f]*)?$';

const QuerySchema = Type.Object(
  {
    returnTo: Type.Optional(
      Type.String({
        maxLength: 2000,
        pattern: returnToForm,
        description: 'Which view the page shows after the sign-in',
        examples: ['/#/mails'],
      }),
    ),
  },
  closed,
);

const LedOn = { description: 'The browser goes on at `Location`', type: 'null' } as const;

const beginSchema = {
  operationId: 'beginAccountSignIn',
  summary: 'Sign in with the account of the company',
  description: 'For a browser, which is led to the identity provider and from there to the callback.',
  tags: ['session'],
  querystring: QuerySchema,
  response: { 302: Type.Unsafe<null>(LedOn) },
};
const callbackSchema = {
  operationId: 'finishAccountSignIn',
  summary: 'Where the identity provider sends a browser back to',
  description:
    'Takes `code`, `state` and `iss`, or `error`. The answer counts once, and only in the browser that has begun the sign-in. ' +
    'A browser is led back to the page, also when it is not signed in.',
  tags: ['session'],
  response: { 302: Type.Unsafe<null>(LedOn) },
};

const beginProblems = [
  'not-found',
  'request-invalid',
  'identity-provider-unavailable',
  'sign-in-issuer-wrong',
] as const;
const callbackProblems = [
  'not-found',
  'identity-provider-unavailable',
  'sign-in-not-begun',
  'sign-in-denied',
  'sign-in-refused',
  'sign-in-issuer-wrong',
  'sign-in-audience-wrong',
  'sign-in-claim-missing',
  'sign-in-token-invalid',
  'sign-in-without-scopes',
] as const;

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether people sign in with the account of their company here. */
    readonly accountOffer: AccountOffer;
  }
}

interface AccountOptions {
  readonly sessions: Sessions;
  readonly account: AccountSignIn | undefined;
  readonly now: () => number;
}

export const accountRoutes = serverPlugin<AccountOptions>(
  'account-sign-in',
  ['sessions'],
  async (app, { sessions, account, now }) => {
    app.decorate('accountOffer', account?.offer ?? 'none');
    const noteRefusal = createRefusalLog(now);
    const offered = (): AccountSignIn => {
      if (account !== undefined) return account;
      throw new ProblemError('not-found', { detail: 'Nobody signs in with an account here.' });
    };
    const leadTo = (reply: FastifyReply, address: string): FastifyReply =>
      reply.code(302).headers({ location: address, 'cache-control': 'no-store' }).send(null);
    const toPage = (reply: FastifyReply, path: string): FastifyReply =>
      leadTo(reply, `${app.basePath}${path}`);
    /** Leads a browser to the page, which says what is wrong. */
    const led = async (request: FastifyRequest, reply: FastifyReply, go: () => Promise<FastifyReply>) => {
      try {
        return await go();
      } catch (error) {
        if (error instanceof SignInError) noteRefusal(request, error);
        if (!(error instanceof ProblemError) || !prefersHtml(request)) throw error;
        return toPage(reply, `/#/sign-in/${error.code}`);
      }
    };

    const beginConfig = { scopes: 'public', problems: beginProblems } as const;
    const beginOptions = { schema: beginSchema, config: beginConfig, exposeHeadRoute: false };
    app.get('/v1/session/oidc', beginOptions, (request, reply) =>
      led(request, reply, async () => {
        const { publicUrlOf, begin, pending } = offered();
        const { pathname, search, hash } = new URL(request.query.returnTo ?? '/', 'http://localhost');
        const publicUrl = publicUrlOf(request);
        if (publicUrl === undefined) throw new ProblemError('request-invalid', { detail: noPublicUrl });
        const { address, begun } = await begin(`${publicUrl}${callbackPath}`);
        await pending.keep(reply, begun, `${pathname}${search}${hash}`);
        return leadTo(reply, address);
      }),
    );

    const callbackConfig = { scopes: 'public', problems: callbackProblems } as const;
    const callbackOptions = { schema: callbackSchema, config: callbackConfig, exposeHeadRoute: false };
    app.get(callbackPath, callbackOptions, (request, reply) =>
      led(request, reply, async () => {
        const { pending, finish } = offered();
        const query = new URL(request.url, 'http://localhost').searchParams;
        const [state = '', ...others] = query.getAll('state');
        const begun = others.length > 0 ? undefined : await pending.take(request, reply, state);
        if (begun === undefined) throw new SignInError('sign-in-not-begun', 'the state is of no sign-in');
        await sessions.start(reply, await finish(query, begun), { isFromElsewhere: true });
        return toPage(reply, begun.returnTo);
      }),
    );
  },
);

/** Lines for each code within a minute; nobody can fill the log. */
const loggedRefusals: RateLimit = { max: 20, windowMs: 60_000 };

function createRefusalLog(now: () => number) {
  const limiter = createRateLimiter(loggedRefusals, now);
  return (request: FastifyRequest, { code, reason }: SignInError): void => {
    if (limiter.take(code) !== undefined) return;
    const fields = { requestId: request.id, code, reason, clientAddress: clientAddressOf(request) };
    request.log.info(fields, 'Sign-in with an account refused');
  };
}
