import type { Failure } from '@postausgang/contracts';
import { revealSecret, type Secret } from '@postausgang/sealing';
import { type HttpsClient, withOneIntent } from '../http/https-client.ts';
import type { HttpsRequest, HttpsResult } from '../http/https-request.ts';
import type { TokenSource } from './token-source.ts';

/** Requests with a bearer token; a rejected token is renewed once. */
export interface BearerClient {
  request(request: HttpsRequest): Promise<HttpsResult | NoToken>;
}

export interface NoToken {
  readonly kind: 'no-token';
  readonly failure: Failure;
}

export function createBearerClient(https: HttpsClient, tokens: TokenSource): BearerClient {
  async function attempt(request: HttpsRequest, token: Secret): Promise<HttpsResult> {
    const headers = { ...request.headers, authorization: `Bearer ${revealSecret(token)}` };
    return https.request({ ...request, headers });
  }

  return {
    async request(wanted) {
      const request = withOneIntent(wanted);
      const first = await tokens.token();
      if (!first.ok) return { kind: 'no-token', failure: first.failure };
      const answer = await attempt(request, first.token);
      if (answer.kind !== 'answer' || answer.status !== 401) return answer;
      const second = await tokens.token(first.token);
      // The old token would be rejected again.
      if (!second.ok || second.token === first.token) return answer;
      return attempt(request, second.token);
    },
  };
}
