/*
 * The token that a process signs in to the brokers with (SASL OAUTHBEARER, RFC 7628), by the client credentials of OAuth 2.0
 * (RFC 6749 section 4.4). All connections share one, and one request for it; it is renewed before it ends, since brokers
 * end connections whose token is over.
 */
import '@postausgang/net/server-identity';
import type { KafkaOauthLogin } from './kafka-log-options.ts';

interface Token {
  readonly value: string;
  readonly renewAtMs: number;
}

/** Of the time a token counts; the rest is for the connections that begin with it. */
const usedShare = 0.8;
const defaultLifetimeSeconds = 300;

/** Resolves with a token that counts for a while; rejects with a sentence that says what the authority answered. */
export function createTokenSource(
  login: KafkaOauthLogin,
  timeoutMs: number,
): () => Promise<{ readonly value: string }> {
  let current: Promise<Token> | undefined;
  let renewAtMs = 0;
  return async () => {
    if (current === undefined || performance.now() >= renewAtMs) {
      renewAtMs = Number.POSITIVE_INFINITY;
      current = fetchToken(login, timeoutMs);
    }
    try {
      const token = await current;
      renewAtMs = token.renewAtMs;
      return { value: token.value };
    } catch (error) {
      current = undefined;
      throw error;
    }
  };
}

async function fetchToken(
  { tokenUrl, clientId, clientSecret, scope }: KafkaOauthLogin,
  timeoutMs: number,
): Promise<Token> {
  const credentials = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`);
  const startedAtMs = performance.now();
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials.toString('base64')}`, accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope === '' ? {} : { scope }) }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    throw new Error(`the token of KAFKA_OAUTH_TOKEN_URL could not be fetched: ${reasonOf(error)}`, {});
  });
  const answer = await readJson(response);
  const value = textOf(answer, 'access_token');
  if (!response.ok || value === undefined) {
    const code = textOf(answer, 'error')?.slice(0, 100) ?? 'no access token';
    throw new Error(`KAFKA_OAUTH_TOKEN_URL answered ${response.status}: ${code}`);
  }
  const seconds = Number(Reflect.get(answer, 'expires_in') ?? defaultLifetimeSeconds);
  const lifetimeMs = (seconds > 0 ? seconds : defaultLifetimeSeconds) * 1000;
  return { value, renewAtMs: startedAtMs + lifetimeMs * usedShare };
}

/** The cause says what `fetch failed` does not. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const said = cause instanceof Error ? cause : error;
  return said instanceof Error ? said.message : 'unknown';
}

async function readJson(response: Response): Promise<object> {
  const answer: unknown = await response.json().catch(() => undefined);
  return typeof answer === 'object' && answer !== null ? answer : {};
}

function textOf(answer: object, name: string): string | undefined {
  const value: unknown = Reflect.get(answer, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
