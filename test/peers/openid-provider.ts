/*
 * A real OpenID provider on loopback, `oidc-provider`, with a form to sign in at. It signs with a key of its own, so that a test
 * can have it say what no provider should.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { decodeJwt, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import Provider, {
  type Adapter,
  type AdapterPayload,
  type Configuration,
  type InteractionResults,
} from 'oidc-provider';
import type { Test } from 'tap';
import { listenOnLoopback } from './loopback-server.ts';

interface ProviderAccount {
  readonly name: string;
  readonly groups: readonly string[];
}

/** What the test has the provider answer at its token endpoint instead of what it would. */
export type TokenChange = (answer: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown>>;

export interface OpenIdProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Lets the service at this address use the provider. */
  register(publicUrl: string): void;
  /** The next answers of the token endpoint; undefined: as they are. */
  changeTokens(change: TokenChange | undefined): void;
  /** An ID token like this one with other claims, signed by the provider; `undefined` takes a claim away. */
  sign(idToken: unknown, changes: JWTPayload): Promise<string>;
}

type SignOutQuestion = NonNullable<
  NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>['logoutSource']
>;

interface ProviderOptions {
  /** Groups stand in the ID token, and not behind the UserInfo endpoint only. */
  readonly claimsInIdToken?: boolean;
  readonly hasSignOut?: boolean;
}

const clientId = 'postausgang-page';
const clientSecret = 'a secret of the client that nobody else knows';
const scopes = ['openid', 'profile', 'groups'];

const page = (uid: string): string => `<!doctype html><html lang="en"><title>Company sign-in</title>
<form method="post" action="/interaction/${uid}">
<label>User <input name="user"></label>
<button name="action" value="login">Log in</button>
<button name="action" value="cancel">Cancel</button>
</form></html>`;

/** What the provider remembers, while it runs. */
function createMemory(): (name: string) => Adapter {
  const kept = new Map<string, AdapterPayload>();
  const findBy = (name: string, found: (payload: AdapterPayload) => boolean) =>
    [...kept].find(([key, payload]) => key.startsWith(`${name} `) && found(payload))?.[1];
  return (name) => ({
    upsert: async (id, payload) => void kept.set(`${name} ${id}`, payload),
    find: async (id) => kept.get(`${name} ${id}`),
    findByUid: async (uid) => findBy(name, (payload) => payload.uid === uid),
    findByUserCode: async (code) => findBy(name, ({ userCode }) => userCode === code),
    consume: async (id) => {
      Object.assign(kept.get(`${name} ${id}`) ?? {}, { consumed: Math.floor(Date.now() / 1000) });
    },
    destroy: async (id) => void kept.delete(`${name} ${id}`),
    revokeByGrantId: async (grantId) => {
      for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key);
    },
  });
}

const askBeforeSignOut: SignOutQuestion = async (context, form) => {
  context.body = `<!doctype html><html lang="en"><title>Company sign-out</title>${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button></html>`;
};

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const part of request) text += String(part);
  return new URLSearchParams(text);
}

function configurationOf(
  publicUrl: string,
  accounts: Readonly<Record<string, ProviderAccount>>,
  key: JWK,
  { claimsInIdToken = false, hasSignOut = true }: ProviderOptions,
): Configuration {
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${publicUrl}/v1/session/oidc/callback`],
        post_logout_redirect_uris: [`${publicUrl}/`],
      },
    ],
    scopes,
    claims: { openid: ['sub'], profile: ['name'], groups: ['groups'] },
    conformIdTokenClaims: !claimsInIdToken,
    adapter: createMemory(),
    cookies: { keys: ['a key of the cookies of a test'] },
    jwks: { keys: [key] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: hasSignOut, logoutSource: askBeforeSignOut },
    },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => {
      const account = accounts[id];
      return (
        account && { accountId: id, claims: () => ({ sub: id, ...account, groups: [...account.groups] }) }
      );
    },
    // Nobody is asked twice.
    async loadExistingGrant({ oidc: { provider, client, session } }) {
      const grant = new provider.Grant({
        clientId: client?.clientId ?? '',
        accountId: session?.accountId ?? '',
      });
      grant.addOIDCScope(scopes.join(' '));
      await grant.save();
      return grant;
    },
  };
}

/** What the provider answers, given to the test before it is sent. */
function changed(response: ServerResponse, change: TokenChange): void {
  const parts: Buffer[] = [];
  const end = response.end.bind(response);
  const take = (chunk: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) parts.push(Buffer.from(chunk));
  };
  Object.assign(response, {
    write: (chunk: unknown) => {
      take(chunk);
      return true;
    },
    end: (chunk: unknown) => {
      take(chunk);
      void change(JSON.parse(Buffer.concat(parts).toString())).then((answer) => {
        const text = JSON.stringify(answer);
        response.setHeader('content-length', Buffer.byteLength(text));
        end(text);
      });
      return response;
    },
  });
}

export async function startOpenIdProvider(
  t: Pick<Test, 'teardown'>,
  accounts: Readonly<Record<string, ProviderAccount>>,
  options: ProviderOptions = {},
): Promise<OpenIdProvider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key: JWK = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' };
  let provider: Provider | undefined;
  let tokenChange: TokenChange | undefined;
  const interact = async (opened: Provider, request: IncomingMessage, response: ServerResponse) => {
    const { uid } = await opened.interactionDetails(request, response);
    if (request.method === 'GET') return response.setHeader('content-type', 'text/html').end(page(uid));
    const form = await bodyOf(request);
    const denied = { error: 'access_denied', error_description: 'cancelled' };
    const result: InteractionResults =
      form.get('action') === 'cancel' ? denied : { login: { accountId: form.get('user') ?? '' } };
    return opened.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  };
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (provider === undefined) response.writeHead(503).end();
    else if (path.startsWith('/interaction/')) {
      interact(provider, request, response).catch(() => response.writeHead(400).end());
    } else {
      if (path === '/token' && tokenChange !== undefined) changed(response, tokenChange);
      void provider.callback()(request, response);
    }
  });
  const { port, close } = await listenOnLoopback(server);
  t.teardown(close);
  const issuer = `http://127.0.0.1:${port}`;
  return {
    issuer,
    clientId,
    clientSecret,
    register(publicUrl) {
      provider = new Provider(issuer, configurationOf(publicUrl, accounts, key, options));
    },
    changeTokens: (change) => (tokenChange = change),
    sign: (idToken, changes) =>
      new SignJWT({ ...decodeJwt(String(idToken)), ...changes })
        .setProtectedHeader({ alg: 'RS256' })
        .sign(privateKey),
  };
}
