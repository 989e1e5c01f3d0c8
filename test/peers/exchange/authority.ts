import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { decodeProtectedHeader } from 'jose';
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';
import type { Certificate } from '../certificates.ts';
import { listenOnLoopback } from '../loopback-server.ts';

/** Who may have tokens. */
export interface Registration {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Whose tokens a mail server is told they are. */
  readonly mailbox?: string;
  /** PEM of the certificate that was uploaded for the app. */
  readonly clientCertificate?: string;
}

interface Refusal {
  readonly status: number;
  readonly error: string;
  /** Entra's code. */
  readonly aadsts?: string;
  readonly retryAfterSeconds?: number;
}

export interface Authority {
  /** `https://localhost:<port>` */
  readonly url: string;
  /** Where a server asks whether a token is good (RFC 7662). */
  readonly introspectionUrl: string;
  /** Requests for a token so far. */
  readonly requests: () => number;
  /** Answers the next request for a token with this. */
  refuseNext(refusal: Refusal): void;
  /** Whether a token was given out, for this scope, and not revoked. */
  isGood(token: string, scope?: string): boolean;
  /** No server accepts what was given out until now. */
  revokeAll(): void;
  close(): Promise<void>;
}

/** An OAuth server over https for the client credentials flow; it checks secrets and client assertions as Entra does. */
export async function startAuthority(
  certificate: Certificate,
  registration: Registration,
): Promise<Authority> {
  const { tenantId, mailbox = '' } = registration;
  const tokens = new Map<string, string>();
  // RFC 7662, the token in the place of a sign-in. Every app may act for every mailbox here.
  const introspect = ({ headers }: IncomingMessage, response: ServerResponse): void => {
    const active = tokens.has((headers.authorization ?? '').replace('Bearer ', ''));
    const answer = { active, ...(active ? { username: mailbox } : {}) };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  };
  const issuer = new OAuth2Issuer();
  const service = new OAuth2Service(issuer, {
    wellKnownDocument: `/${tenantId}/v2.0/.well-known/openid-configuration`,
    token: `/${tenantId}/oauth2/v2.0/token`,
    jwks: `/${tenantId}/discovery/v2.0/keys`,
  });
  // The service tells of a request and of the body of its response, and headers belong to the response itself.
  const responses = new WeakMap<IncomingMessage, ServerResponse>();
  const server = createServer(
    { key: certificate.key, cert: certificate.certificate },
    (incoming, response) => {
      responses.set(incoming, response);
      // As Entra does; the service knows one tenant only.
      if (incoming.url?.includes('/v2.0/') === true && !incoming.url.startsWith(`/${tenantId}/`)) {
        const unknown = { error: 'invalid_tenant', error_description: 'AADSTS90002: no such tenant' };
        response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(unknown));
        return;
      }
      if (incoming.url === '/introspection') introspect(incoming, response);
      else service.requestHandler(incoming, response);
    },
  );
  await issuer.keys.generate('RS256');
  const { port, close } = await listenOnLoopback(server);
  const url = `https://localhost:${port}`;
  issuer.url = url;
  const refusals: Refusal[] = [];
  let requests = 0;

  service.on('beforeTokenSigning', ({ payload }) => {
    payload['jti'] = `token-${requests}`;
  });
  service.on('beforeResponse', (response, request) => {
    const { body } = request;
    requests += 1;
    const refusal = refusals.shift() ?? refusalFor(registration, body);
    if (refusal === undefined) {
      tokens.set(String(response.body.access_token), String(body.scope));
      return;
    }
    response.statusCode = refusal.status;
    const { error, aadsts = '0', retryAfterSeconds } = refusal;
    if (retryAfterSeconds !== undefined) {
      responses.get(request)?.setHeader('retry-after', String(retryAfterSeconds));
    }
    response.body = {
      error,
      // Entra repeats what it was sent.
      error_description: `AADSTS${aadsts}: refused for ${JSON.stringify(body)}`,
    };
  });
  return {
    url,
    introspectionUrl: `${url}/introspection`,
    requests: () => requests,
    refuseNext: (refusal) => void refusals.push(refusal),
    isGood: (token, scope) => tokens.has(token) && (scope === undefined || tokens.get(token) === scope),
    revokeAll: () => tokens.clear(),
    close,
  };
}

function refusalFor(
  { clientId, clientSecret, clientCertificate }: Registration,
  body: Readonly<Record<string, unknown>>,
): Refusal | undefined {
  if (body['grant_type'] !== 'client_credentials') return { status: 400, error: 'unsupported_grant_type' };
  if (body['client_id'] !== clientId) return { status: 400, error: 'unauthorized_client', aadsts: '700016' };
  const assertion = body['client_assertion'];
  if (typeof assertion === 'string') {
    const { x5c } = decodeProtectedHeader(assertion);
    const isOurs = clientCertificate !== undefined && x5c?.[0] === derOf(clientCertificate);
    return isOurs ? undefined : { status: 401, error: 'invalid_client', aadsts: '700027' };
  }
  return body['client_secret'] === clientSecret
    ? undefined
    : { status: 401, error: 'invalid_client', aadsts: '7000215' };
}

function derOf(pem: string): string {
  return pem.replaceAll(/-----[^-]+-----|\s/g, '');
}
